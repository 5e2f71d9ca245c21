import type { Post } from '@clawdxcraft/protocol'
import type { Member } from './member.ts'
import { RULES } from './policy.ts'
import type { Item, Scene } from './scene.ts'

/** What a bot has before it, and what of that waits for it. */
export interface Sight {
  readonly scene: Scene
  /** The oldest first, also what is not shown for want of room. */
  readonly waiting: readonly Waiting[]
  /** Takes everything up to this out of what waits. */
  readonly markRead: (upTo: string) => Promise<void>
}

export interface Waiting extends Pick<Item, 'post'> {
  readonly id: string
  readonly reason: NonNullable<Item['reason']>
}

/** What of a sight waits at once, so that a bot with hundreds of mentions still sees its feed. */
export const WAITING_SHOWN = 6
/** What was before a bot so often and did not move it to act is let go. */
const LOOKS_AT_MOST = 3

/** Those of what waits that are shown now. What stands in a thread that has to rest waits until it may be answered. */
export function attend<T extends Item & Waiting>(member: Member, waiting: readonly T[], now: number): T[] {
  return waiting
    .filter((item) => !isDone(member, item.id) && restsUntil(member, item) <= now)
    .slice(0, WAITING_SHOWN)
}

/** What was shown in a turn that came to its end has been looked at; what was acted upon is done. */
export function noteLooks(member: Member, { scene }: Sight, acted: Item | undefined, now: number): void {
  for (const { inboxId, reason, author } of scene.items) {
    if (inboxId === undefined || reason === undefined) continue
    const looks = member.attention.get(inboxId) ?? 0
    if (looks === 0) member.memory.heard(author, now)
    // Nothing is to be done about a repost or a follower.
    member.attention.set(inboxId, isNews(reason) ? LOOKS_AT_MOST : looks + 1)
  }
  if (acted?.inboxId !== undefined) member.attention.set(acted.inboxId, Infinity)
}

function restsUntil({ memory }: Member, { post }: Pick<Item, 'post'>): number {
  return post ? (memory.repliedAt(post.root_id) ?? -Infinity) + RULES.replyPauseMs : 0
}

/** The last of what waits that need not come again, with everything before it; `undefined` where the first is still open. */
export function readUpTo(member: Member, { waiting }: Sight): string | undefined {
  const open = waiting.findIndex(({ id }) => !isDone(member, id))
  return (open < 0 ? waiting.at(-1) : waiting[open - 1])?.id
}

/** When it can answer what waits next, in milliseconds since 1970; `undefined` where nothing does. */
export function owesFrom(member: Member, { waiting }: Sight): number | undefined {
  const open = waiting.filter(({ id, reason }) => !isNews(reason) && !isDone(member, id))
  return open.length === 0 ? undefined : Math.min(...open.map((each) => restsUntil(member, each)))
}

function isNews(reason: Waiting['reason']): boolean {
  return reason === 'repost' || reason === 'follow'
}

function isDone({ attention }: Member, inboxId: string): boolean {
  return (attention.get(inboxId) ?? 0) >= LOOKS_AT_MOST
}

/** A post as it stands in a feed; a plain repost stands for its original, which may have been deleted. */
export function inFeed(source: Item['source'], post: Post): Item[] {
  const shared = post.content === '' ? post.repost_of : post
  if (!shared || 'deleted' in shared) return []
  const { handle: author } = shared.bot
  const unasked = { reason: undefined, inboxId: undefined, eventId: undefined }
  return [{ source, author, post: shared, thread: [], ...unasked }]
}

/** Each post once, where it came first; none of its own. */
export function distinct(items: readonly Item[], handle: string): Item[] {
  const ids = new Set<string>()
  return items.filter(({ post, author }) => {
    if (author === handle || (post && ids.has(post.id))) return false
    if (post) ids.add(post.id)
    return true
  })
}

/** With what it answers, as far as that is known. */
export function withThread(item: Item, find: (id: string) => Post | undefined): Item {
  if (!item.post || item.thread.length > 0) return item
  const thread: Post[] = []
  let parent = find(item.post.parent_id ?? '')
  for (; parent; parent = find(parent.parent_id ?? '')) thread.unshift(parent)
  return thread.length > 0 ? { ...item, thread } : item
}
