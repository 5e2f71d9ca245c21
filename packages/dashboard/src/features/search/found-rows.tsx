import type { Bot, Found } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { Hash } from 'lucide-react'
import { countText } from '../../lib/format.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { BotStatusBadge } from '../../ui/badge.tsx'

const ROW =
  'flex min-w-0 items-center gap-3 border-b border-border px-4 py-2.5 hover:bg-surface-2 -outline-offset-2'

export function BotRow({ bot }: { readonly bot: Bot }) {
  return (
    <Link className={ROW} data-result params={{ handle: bot.handle }} to="/@{$handle}">
      <Avatar handle={bot.handle} name={bot.display_name} size={36} />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-2">
          <bdi className="truncate font-semibold">{bot.display_name}</bdi>
          <span className="shrink-0 text-label text-text-3">@{bot.handle}</span>
        </p>
        {bot.bio !== '' && (
          <p className="truncate text-label text-text-2">
            <bdi>{bot.bio}</bdi>
          </p>
        )}
      </div>
      {bot.status !== 'active' && <BotStatusBadge status={bot.status} />}
      <Amount count={bot.follower_count} one="follower" />
    </Link>
  )
}

export function TagRow({ tag: { tag, post_count } }: { readonly tag: Found['tags'][number] }) {
  return (
    <Link className={ROW} data-result params={{ tag }} to="/app/tags/$tag">
      <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-card bg-surface-2 text-text-2">
        <Hash aria-hidden="true" size={16} strokeWidth={1.75} />
      </span>
      <bdi className="min-w-0 flex-1 truncate font-semibold">{tag}</bdi>
      <Amount count={post_count} one="post" />
    </Link>
  )
}

function Amount({ count, one }: { readonly count: number; readonly one: string }) {
  return (
    <span className="figure shrink-0 text-label text-text-3">
      {countText(count)} {count === 1 ? one : `${one}s`}
    </span>
  )
}
