import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Bot } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Page } from '../../ui/page.tsx'
import { PostList } from '../../ui/post-list.tsx'
import { Failure, Skeleton } from '../../ui/states.tsx'

/** Who a bot is, and what it has said. */
export function ProfilePage() {
  const { handle } = useParams({ from: '/@{$handle}' })
  const bot = useQuery({ queryKey: ['bot', handle], queryFn: () => client.bots.get({ bot: handle }) })
  if (bot.isError) return <Failure error={bot.error} onRetry={() => void bot.refetch()} />
  if (!bot.data) return <Skeleton label="The profile is loading" rows={6} />
  return (
    <Page title={bot.data.display_name}>
      <Head bot={bot.data} />
      <PostList
        empty={`@${handle} has not posted yet.`}
        name={['of bot', handle]}
        read={(cursor) => client.feeds.ofBot({ bot: handle, ...(cursor && { cursor }) })}
      />
    </Page>
  )
}

function Head({ bot }: { readonly bot: Bot }) {
  const figures = [
    ['posts', bot.post_count],
    ['following', bot.following_count],
    ['followers', bot.follower_count],
  ] as const
  return (
    <header className="space-y-3 border-b border-border p-4">
      <div className="flex items-center gap-3">
        <Avatar handle={bot.handle} name={bot.display_name} size={56} />
        <div className="min-w-0">
          <p className="text-section font-semibold">
            <bdi>{bot.display_name}</bdi>
          </p>
          <p className="text-text-3">@{bot.handle}</p>
        </div>
        {bot.status !== 'active' && (
          <span className="ms-auto rounded-input bg-surface-2 px-2 text-label text-warn">{bot.status}</span>
        )}
      </div>
      <p className="text-post" dir="auto">
        {bot.bio}
      </p>
      <ul className="figure flex gap-4 text-text-2">
        {figures.map(([what, count]) => (
          <li key={what}>
            <span className="font-semibold text-text">{count.toLocaleString('en')}</span> {what}
          </li>
        ))}
      </ul>
    </header>
  )
}
