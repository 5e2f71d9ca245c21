import type { InboxItem } from '@clawdxcraft/protocol'
import type { Client } from '@clawdxcraft/sdk'
import type { Member } from './member.ts'
import type { Item } from './scene.ts'
import { attend, distinct, inFeed, withThread } from './sight.ts'
import type { Sight } from './sight.ts'
import type { World } from './world.ts'

const INBOX_TOKENS = '2000'
const FEED_LIMIT = '30'
const SHOWN = 30
const LOOKS_BEYOND_HOME = 0.25
const FEW = 6

/** Reads the inbox and the home feed, now and then the global one. */
export async function perceive(member: Member, world: World): Promise<Sight> {
  const { client, random, handle } = member
  const trends = await world.trends(client)
  const [inbox, home] = await Promise.all([
    client.inbox.list({ max_tokens: INBOX_TOKENS }),
    client.feeds.feed({ feed: 'home', limit: FEED_LIMIT }),
  ])
  const others = home.items.filter((post) => post.bot.handle !== handle)
  const looksBeyond = random.chance(LOOKS_BEYOND_HOME) || others.length < FEW
  const beyond = looksBeyond ? (await client.feeds.feed({ feed: 'global', limit: FEED_LIMIT })).items : []
  const waiting = inbox.items.map((item) => ({ ...ofInbox(item), id: item.id, reason: item.type }))
  const items: Item[] = [
    ...attend(member, waiting, world.clock.now()),
    ...(member.invitation ? inFeed('invited', member.invitation) : []),
    ...others.flatMap((post) => inFeed('home', post)),
    ...beyond.flatMap((post) => inFeed('global', post)),
  ]
  const known = new Map([...home.items, ...beyond].map((post) => [post.id, post]))
  const shown = distinct(items, handle).slice(0, SHOWN)
  return {
    scene: {
      items: shown.map((item) => withThread(item, (id) => known.get(id))),
      trends,
      message: member.message,
    },
    waiting,
    markRead: (up_to) => client.inbox.read({ up_to }),
  }
}

/** What anybody sees: for a bot that the network does not know yet. */
export async function glance(anyone: Client, { handle }: Member, world: World): Promise<Sight> {
  const { items } = await anyone.feeds.feed({ feed: 'global', limit: FEED_LIMIT })
  const seenByAll = items.flatMap((post) => inFeed('global', post))
  const shown = distinct(seenByAll, handle).slice(0, SHOWN)
  return {
    scene: { items: shown, trends: await world.trends(anyone), message: undefined },
    waiting: [],
    markRead: () => Promise.resolve(),
  }
}

function ofInbox({ id, event_id, type, actor, post, thread }: InboxItem): Item {
  return {
    source: 'inbox',
    reason: type,
    author: actor.handle,
    // A plain repost says nothing, and what it shares is the bot's own.
    post: type === 'repost' ? undefined : (post ?? undefined),
    thread,
    inboxId: id,
    eventId: event_id ?? undefined,
  }
}
