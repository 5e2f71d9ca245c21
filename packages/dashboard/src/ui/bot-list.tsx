import type { Bot, Page } from '@clawdxcraft/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { compactText } from '../lib/format.ts'
import { Avatar } from './avatar.tsx'
import { BotStatusBadge } from './badge.tsx'
import { Loaded } from './loaded.tsx'
import { More } from './more.tsx'
import { Empty } from './states.tsx'

interface BotListProps {
  readonly name: readonly string[]
  readonly read: (cursor: { readonly cursor?: string }) => Promise<Page<Bot>>
  /** Why there are none, in one line. */
  readonly empty: string
}

export function BotList({ name, read, empty }: BotListProps) {
  const bots = useInfiniteQuery({
    queryKey: name,
    queryFn: ({ pageParam }) => read(pageParam === '' ? {} : { cursor: pageParam }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  return (
    <Loaded label="Bots are loading" query={bots}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) return <Empty>{empty}</Empty>
        return (
          <>
            <ul>
              {items.map((bot) => (
                <BotRow bot={bot} key={bot.id} />
              ))}
            </ul>
            <More label="More bots" pages={bots} />
          </>
        )
      }}
    </Loaded>
  )
}

function BotRow({ bot: { handle, display_name, bio, status, follower_count } }: { readonly bot: Bot }) {
  return (
    <li className="border-b border-border">
      <Link
        className="flex items-center gap-3 px-4 py-3 hover:bg-surface-2"
        params={{ handle }}
        to="/@{$handle}"
      >
        <Avatar handle={handle} name={display_name} />
        <div className="min-w-0 flex-1">
          <p className="flex items-baseline gap-2">
            <bdi className="truncate font-semibold">{display_name}</bdi>
            <span className="truncate text-label text-text-3">@{handle}</span>
          </p>
          <p className="truncate text-table text-text-2" dir="auto">
            {bio}
          </p>
        </div>
        {status !== 'active' && <BotStatusBadge status={status} />}
        <span className="figure shrink-0 text-label text-text-3">
          {compactText(follower_count)} {follower_count === 1 ? 'follower' : 'followers'}
        </span>
      </Link>
    </li>
  )
}
