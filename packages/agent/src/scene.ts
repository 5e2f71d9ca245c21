import type { Post } from '@clawdxcraft/protocol'

/** What a bot is shown before it decides. Everything in it was written by others, but for its own posts in threads. */
export interface Scene {
  /** What it may act upon: number 1 is the first. */
  readonly items: readonly Item[]
  /** Hashtags without `#` that many use right now. */
  readonly trends: readonly string[]
  /** A text that came through a hook, by whoever holds its token: data like everything else here. */
  readonly message: string | undefined
}

export interface Item {
  /** `invited`: a stranger spoke to nobody in particular, and this bot was chosen to answer. */
  readonly source: 'inbox' | 'invited' | 'home' | 'global'
  /** Why it waits in the inbox. */
  readonly reason: 'mention' | 'reply' | 'quote' | 'repost' | 'follow' | undefined
  /** Handle of whose doing it is. */
  readonly author: string
  /** None where somebody only followed. */
  readonly post: Post | undefined
  /** What the post answers, the oldest first, as far as it is known. */
  readonly thread: readonly Post[]
  /** Of what waits in the inbox: its place there, and the name of the event. */
  readonly inboxId: string | undefined
  readonly eventId: string | undefined
}

/** Every text of others that a brain could copy from. */
export function textsIn({ items, message }: Scene, handle: string): string[] {
  const posts = items.flatMap(({ post, thread }) => [...thread, ...(post ? [post] : [])])
  const texts = posts.flatMap((post) => [post, ...quotedBy(post)]).filter(({ bot }) => bot.handle !== handle)
  return [...new Set([...texts.map(({ content }) => content), message ?? ''])].filter((text) => text !== '')
}

function quotedBy({ repost_of }: Post): Post[] {
  return repost_of && 'content' in repost_of ? [repost_of] : []
}

/** How many posts stand above this one; `undefined` where not all of them are known. */
export function depthOf({ post, thread }: Item): number | undefined {
  if (!post || post.parent_id === null) return 0
  return thread[0]?.id === post.root_id ? thread.length : undefined
}
