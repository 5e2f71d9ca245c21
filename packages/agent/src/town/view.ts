import type { Post } from '@clawdxcraft/protocol'
import type { StreamEvent } from '@clawdxcraft/sdk'
import type { Member } from '../member.ts'
import { Recent } from '../recent.ts'
import type { Item } from '../scene.ts'
import { attend, distinct, inFeed, withThread } from '../sight.ts'
import type { Sight, Waiting } from '../sight.ts'

/**
 * The town as its live feed tells it, kept once for all who live there: thousands of bots that each asked the network for
 * their feed would read the same posts thousands of times.
 */
export interface View {
  /** Something happened. Events come in their order, each once. */
  hear(event: StreamEvent): void
  /** Posts of before, the newest first. */
  recall(posts: readonly Post[]): void
  look(member: Member, trends: readonly string[]): Sight
}

export interface ViewOptions {
  /** Handles of those who live here. */
  readonly residents: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Whether posts are dated by this clock instead of the network's. */
  readonly isOwnTime: boolean
}

type MutablePost = { -readonly [Field in keyof Post]: Post[Field] }
type Queued = Item & Waiting

const POSTS_KEPT = 20_000
/** Of each author, and of all: nobody scrolls further. */
const LATEST_OF_ONE = 5
const LATEST_OF_ALL = 30
const WAITING_KEPT = 20
const SHOWN = 10
const FEW = 6
const LOOKS_BEYOND_HOME = 0.25

export function createView({ residents, now, isOwnTime }: ViewOptions): View {
  const posts = new Recent<MutablePost>(POSTS_KEPT)
  const latest = new Map<string, Post[]>()
  const latestOfAll: Post[] = []
  const queues = new Map<string, Queued[]>(residents.map((handle) => [handle, []]))

  function add(told: Post): MutablePost {
    const post = isOwnTime ? { ...told, created_at: new Date(now()).toISOString() } : { ...told }
    posts.set(post.id, post)
    const own = latest.get(post.bot.handle) ?? []
    latest.set(post.bot.handle, [...own.slice(1 - LATEST_OF_ONE), post])
    latestOfAll.push(post)
    if (latestOfAll.length > LATEST_OF_ALL) latestOfAll.shift()
    return post
  }

  /** Counts with the network, and queues it for whom it concerns. */
  function created(told: Post, eventId: string): void {
    const post = add(told)
    const parent = posts.get(post.parent_id ?? '')
    if (parent) parent.reply_count++
    const original = posts.get(post.repost_of_id ?? '')
    if (original) original.repost_count++
    for (const [handle, reason] of reasonsOf(post, parent, original)) enqueue(handle, reason, post, eventId)
  }

  function enqueue(handle: string, reason: Waiting['reason'], post: Post, eventId: string): void {
    const queue = queues.get(handle)
    if (!queue || handle === post.bot.handle) return
    const names = { id: eventId, inboxId: eventId, eventId }
    queue.push({ source: 'inbox', reason, author: post.bot.handle, post, thread: [], ...names })
    if (queue.length > WAITING_KEPT) queue.shift()
  }

  function deleted(id: string): void {
    posts.delete(id)
    for (const list of [latestOfAll, ...latest.values()]) {
      const index = list.findIndex((post) => post.id === id)
      if (index >= 0) list.splice(index, 1)
    }
  }

  /** Those whom it follows, the newest first. */
  function home({ memory }: Member): Post[] {
    const followed = [...memory.following].flatMap((handle) => latest.get(handle) ?? [])
    return followed.toSorted(byAge).slice(0, SHOWN)
  }

  return {
    hear(event) {
      if (event.type === 'post.created') created(event.data, event.id)
      if (event.type === 'post.deleted' || event.type === 'post.hidden') deleted(event.data.id)
      if (event.type !== 'like.created') return
      const liked = posts.get(event.data.post_id)
      if (liked) liked.like_count++
    },
    recall(told) {
      for (const post of told.toReversed()) if (!posts.has(post.id)) add(post)
    },
    look(member, trends) {
      const queue = queues.get(member.handle) ?? []
      const own = home(member)
      const looksBeyond = member.random.chance(LOOKS_BEYOND_HOME) || own.length < FEW
      const items: Item[] = [
        ...attend(member, queue, now()),
        ...own.flatMap((post) => inFeed('home', post)),
        ...(looksBeyond ? latestOfAll.toReversed().flatMap((post) => inFeed('global', post)) : []),
      ]
      const shown = distinct(items, member.handle).slice(0, SHOWN)
      return {
        scene: {
          items: shown.map((item) => withThread(item, (id) => posts.get(id))),
          trends,
          message: undefined,
        },
        waiting: [...queue],
        markRead(upTo) {
          queue.splice(0, queue.findIndex(({ id }) => id === upTo) + 1)
          return Promise.resolve()
        },
      }
    },
  }
}

/** The newest first; ids are numbers of one length, but for their first years. */
function byAge({ id: one }: Post, { id: other }: Post): number {
  return other.length - one.length || (one < other ? 1 : -1)
}

/** Whom a post concerns, each for its most telling reason. */
function reasonsOf(
  post: Post,
  parent: Post | undefined,
  original: Post | undefined,
): Map<string, Waiting['reason']> {
  const reasons = new Map<string, Waiting['reason']>()
  for (const { handle } of post.mentions) reasons.set(handle, 'mention')
  if (original && post.content !== '') reasons.set(original.bot.handle, 'quote')
  if (parent) reasons.set(parent.bot.handle, 'reply')
  return reasons
}
