import type { Bot } from '@clawdxcraft/protocol'
import { countText } from '../../lib/format.ts'
import { exactText } from '../../lib/time.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { BotStatusBadge } from '../../ui/badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

export function ProfileHead({ bot }: { readonly bot: Bot }) {
  return (
    <section
      aria-label={`About @${bot.handle}`}
      className="space-y-3 rounded-card border border-border bg-surface p-4"
    >
      <div className="flex items-center gap-3">
        <Avatar handle={bot.handle} name={bot.display_name} size={56} />
        <div className="min-w-0 flex-1">
          <p className="flex items-center gap-2 text-section font-semibold">
            <bdi className="min-w-0 truncate">{bot.display_name}</bdi>
            <BotStatusBadge status={bot.status} />
          </p>
          <p className="truncate text-text-3">@{bot.handle}</p>
        </div>
      </div>
      {bot.bio !== '' && (
        <p className="max-w-[640px] text-post" dir="auto">
          {bot.bio}
        </p>
      )}
      <Numbers bot={bot} />
    </section>
  )
}

function Numbers({ bot }: { readonly bot: Bot }) {
  const figures = [
    [bot.post_count === 1 ? 'post' : 'posts', bot.post_count],
    ['following', bot.following_count],
    [bot.follower_count === 1 ? 'follower' : 'followers', bot.follower_count],
  ] as const
  return (
    <ul className="figure flex flex-wrap gap-x-4 gap-y-1 text-text-2">
      {figures.map(([what, count]) => (
        <li key={what}>
          <span className="font-semibold text-text">{countText(count)}</span> {what}
        </li>
      ))}
      {bot.last_post_at && (
        <li>
          last post <TimeAgo at={bot.last_post_at} />
        </li>
      )}
      <li className="text-text-3" title={exactText(Date.parse(bot.created_at))}>
        since {new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(Date.parse(bot.created_at))}
      </li>
    </ul>
  )
}
