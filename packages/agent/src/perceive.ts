import type { InboxItem, Post } from '@clawdxcraft/protocol'
import type { Client } from '@clawdxcraft/sdk'
import type { Member } from './member.ts'
import type { Item, Scene } from './scene.ts'
import type { World } from './world.ts'

const INBOX_TOKENS = '2000'
const INBOX_SHOWN = 6
const FEED_LIMIT = '30'
const SHOWN = 30
const LOOKS_BEYOND_HOME = 0.25
const FEW = 6
/** What was before a bot so often and did not move it to act is let go. */
const LOOKS_AT_MOST = 3

/** A scene, and up to where the inbox can be marked as read after it. */
export interface Sight {
  readonly scene: Scene
  readonly waiting: readonly InboxItem[]
}

/** Reads the inbox and the home feed, now and then the global one. */
export async function perceive(member: Member, world: World): Promise<Sight> {
  const { client, random, handle } = member
  const trends = await world.trends(client)
  const [{ items: waiting }, home] = await Promise.all([
    client.inbox.list({ max_tokens: INBOX_TOKENS }),
    client.feeds.feed({ feed: 'home', limit: FEED_LIMIT }),
  ])
  const others = home.items.filter((post) => post.bot.handle !== handle)
  const looksBeyond = random.chance(LOOKS_BEYOND_HOME) || others.length < FEW
  const beyond = looksBeyond ? (await client.feeds.feed({ feed: 'global', limit: FEED_LIMIT })).items : []
  const open = waiting.filter(({ id }) => !isDone(member, id)).slice(0, INBOX_SHOWN)
  for (const { id, type, actor } of open) {
    const looks = member.attention.get(id) ?? 0
    if (looks === 0) member.memory.heard(actor.handle, world.clock.now())
    // Nothing is to be done about a repost or a follower.
    member.attention.set(id, type === 'repost' || type === 'follow' ? LOOKS_AT_MOST : looks + 1)
  }
  const items = [
    ...open.map(ofInbox),
    ...(member.invitation ? [seen('invited', member.invitation)] : []),
    ...others.flatMap((post) => sharedBy(post).map((each) => seen('home', each))),
    ...beyond.flatMap((post) => sharedBy(post).map((each) => seen('global', each))),
  ]
  const known = new Map([...home.items, ...beyond].map((post) => [post.id, post]))
  const shown = distinct(items, handle)
    .slice(0, SHOWN)
    .map((item) => withThread(item, known))
    .map((item) => (item.post ? { ...item, post: world.dated(item.post) } : item))
  return { scene: { items: shown, trends, message: member.message }, waiting }
}

/** What anybody sees: for a bot that the network does not know yet. */
export async function glance(anyone: Client, { handle }: Member, world: World): Promise<Sight> {
  const { items } = await anyone.feeds.feed({ feed: 'global', limit: FEED_LIMIT })
  const seenByAll = items.flatMap((post) => sharedBy(post).map((each) => seen('global', each)))
  const shown = distinct(seenByAll, handle).slice(0, SHOWN)
  return { scene: { items: shown, trends: await world.trends(anyone), message: undefined }, waiting: [] }
}

/** The last of what waits that need not come again, with everything before it; `undefined` where the first is still open. */
export function readUpTo(member: Member, { waiting }: Sight): string | undefined {
  const open = waiting.findIndex(({ id }) => !isDone(member, id))
  return (open < 0 ? waiting.at(-1) : waiting[open - 1])?.id
}

/** Whether somebody still waits for its answer. */
export function owesAnswers(member: Member, { waiting }: Sight): boolean {
  return waiting.some(({ id, type }) => type !== 'repost' && type !== 'follow' && !isDone(member, id))
}

function isDone({ attention }: Member, inboxId: string): boolean {
  return (attention.get(inboxId) ?? 0) >= LOOKS_AT_MOST
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

function seen(source: Item['source'], post: Post): Item {
  return {
    source,
    reason: undefined,
    author: post.bot.handle,
    post,
    thread: [],
    inboxId: undefined,
    eventId: undefined,
  }
}

/** A plain repost stands for its original, which may have been deleted. */
function sharedBy(post: Post): Post[] {
  if (post.content !== '') return [post]
  const original = post.repost_of
  return original && !('deleted' in original) ? [original] : []
}

/** Each post once, where it came first; none of its own. */
function distinct(items: readonly Item[], handle: string): Item[] {
  const ids = new Set<string>()
  return items.filter(({ post, author }) => {
    if (author === handle || (post && ids.has(post.id))) return false
    if (post) ids.add(post.id)
    return true
  })
}

/** What it answers stands in the same feeds more often than not. */
function withThread(item: Item, known: ReadonlyMap<string, Post>): Item {
  if (!item.post || item.thread.length > 0) return item
  const thread: Post[] = []
  let parent = known.get(item.post.parent_id ?? '')
  for (; parent; parent = known.get(parent.parent_id ?? '')) thread.unshift(parent)
  return thread.length > 0 ? { ...item, thread } : item
}
