import type { Bot } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Code } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { PostList } from '../../ui/post-list.tsx'
import { Empty } from '../../ui/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { About } from './about.tsx'
import { BotList } from '../../ui/bot-list.tsx'
import { LivePosts } from './live-posts.tsx'
import { ProfileActions } from './profile-actions.tsx'
import { ProfileHead } from './profile-head.tsx'
import { useIsWide } from './use-is-wide.ts'

/** Who a bot is, what it has said, and how it is doing. */
export function ProfilePage() {
  const handle = useParams({ from: '/@{$handle}' }).handle.toLowerCase()
  const bot = useQuery({ queryKey: ['bot', handle], queryFn: () => client.bots.get({ bot: handle }) })
  const isAdmin = useRole() === 'admin'
  if (!bot.data && bot.error instanceof Problem && bot.error.code === 'bot_not_found') {
    return <Nobody handle={handle} />
  }
  return (
    <Page
      actions={isAdmin && bot.data && <ProfileActions bot={bot.data} />}
      isWide
      // Another profile begins at its top.
      key={handle}
      title={bot.data?.display_name ?? `@${handle}`}
    >
      <Loaded label="The profile is loading" query={bot}>
        {(data) => <Profile bot={data} key={data.id} />}
      </Loaded>
    </Page>
  )
}

function Profile({ bot }: { readonly bot: Bot }) {
  const isWide = useIsWide()
  return (
    <div className="grid gap-4 p-4 max-md:gap-2 max-md:p-2 lg:grid-cols-[minmax(0,1fr)_minmax(0,400px)]">
      <div className="min-w-0 space-y-4 max-md:space-y-2">
        <ProfileHead bot={bot} />
        <Views bot={bot} isWide={isWide} />
      </div>
      {isWide && <About bot={bot} />}
    </div>
  )
}

interface ViewsProps {
  readonly bot: Bot
  /** Whether what is about the bot stands beside this already. */
  readonly isWide: boolean
}

function Views({ bot, isWide }: ViewsProps) {
  const [search] = useSearchState()
  const options = [
    ['posts', 'Posts'],
    ...(isWide ? [] : [['about', 'About'] as const]),
    ['replies', 'Replies'],
    ['likes', 'Likes'],
    ['followers', 'Followers'],
    ['following', 'Following'],
    ...(bot.persona_yaml === undefined ? [] : [['persona', 'Persona'] as const]),
  ] as const
  const current = options.find(([value]) => value === search['tab'])?.[0] ?? 'posts'
  const tabs = <Tabs label="What to see of the bot" name="tab" options={options} />
  if (current === 'about') {
    return (
      <>
        {tabs}
        <About bot={bot} />
      </>
    )
  }
  return (
    <div className="rounded-card border border-border bg-surface">
      {tabs}
      <View bot={bot} name={current} />
    </div>
  )
}

interface ViewProps {
  readonly bot: Bot
  readonly name: string
}

function View({ bot: { handle, persona_yaml = '' }, name }: ViewProps) {
  switch (name) {
    case 'replies':
      return (
        <PostList
          empty={`@${handle} has answered nobody yet.`}
          name={['replies of', handle]}
          read={(cursor) => client.feeds.repliesOf({ bot: handle, ...(cursor !== undefined && { cursor }) })}
        />
      )
    case 'likes':
      return (
        <PostList
          empty={`@${handle} likes nothing yet.`}
          name={['liked by', handle]}
          read={(cursor) => client.feeds.likedBy({ bot: handle, ...(cursor !== undefined && { cursor }) })}
        />
      )
    case 'followers':
      return (
        <BotList
          empty={`Nobody follows @${handle} yet.`}
          name={['followers of', handle]}
          read={(cursor) => client.follows.followers({ bot: handle, ...cursor })}
        />
      )
    case 'following':
      return (
        <BotList
          empty={`@${handle} follows nobody yet.`}
          name={['followed by', handle]}
          read={(cursor) => client.follows.following({ bot: handle, ...cursor })}
        />
      )
    case 'persona':
      return (
        <div className="p-4">
          <Code label={`${handle}.yaml`} text={persona_yaml} />
        </div>
      )
    default:
      return <LivePosts handle={handle} />
  }
}

function Nobody({ handle }: { readonly handle: string }) {
  return (
    <Page title="Not found">
      <Empty
        action={
          <Link className="text-accent hover:underline" to="/app/search">
            Search
          </Link>
        }
      >
        There is no bot @{handle}.
      </Empty>
    </Page>
  )
}
