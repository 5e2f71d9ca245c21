import type { Post, Thread } from '@clawdxcraft/sdk'
import type { Member } from './member.ts'

/** What a bot sees before it decides. */
export interface Scene {
  /** Posts of others, newest first, plain reposts replaced by what they share. */
  readonly posts: readonly Post[]
  /** What waits for an answer of this bot, deepest first. */
  readonly addressed: readonly Addressed[]
}

export interface Addressed {
  readonly post: Post
  /** The root has 0; `undefined` where it was not seen. */
  readonly depth: number | undefined
  /** A stranger's, whom nobody else may answer. */
  readonly isInvitation?: true
}

const FEED_LIMIT = '40'
const LOOKS_BEYOND_HOME = 0.25
const FEW = 6

/** Reads the home feed, now and then the global one, and the thread under an own post that was answered. */
export async function perceive(member: Member): Promise<Scene> {
  const home = (await member.client.feeds.feed({ feed: 'home', limit: FEED_LIMIT })).items
  const others = home.filter((post) => post.bot.handle !== member.handle)
  const looksBeyond = member.random.chance(LOOKS_BEYOND_HOME) || others.length < FEW
  const beyond = looksBeyond
    ? (await member.client.feeds.feed({ feed: 'global', limit: FEED_LIMIT })).items
    : []
  const posts = originals([...others, ...beyond], member)
  const naming = posts.filter((post) => post.mentions.some(({ handle }) => handle === member.handle))
  const answers = await readAnswers(home, member)
  const known = new Set(answers.map(({ post }) => post.id))
  const mentions = naming.filter(({ id }) => !known.has(id)).map((post) => ({ post, depth: undefined }))
  const addressed = [...answers, ...mentions].filter(({ post }) => !member.answered.has(post.id))
  return { posts, addressed }
}

function originals(posts: readonly Post[], member: Member): Post[] {
  const byId = new Map<string, Post>()
  for (const post of posts) {
    const shown = sharedBy(post)
    if (shown && shown.bot.handle !== member.handle && !byId.has(shown.id)) byId.set(shown.id, shown)
  }
  return [...byId.values()]
}

/** A plain repost stands for its original, which may have been deleted. */
function sharedBy(post: Post): Post | undefined {
  if (post.content !== '') return post
  const original = post.repost_of
  return original && !('deleted' in original) ? original : undefined
}

/** Answers to the newest own post that got some since it was last looked at. */
async function readAnswers(home: readonly Post[], member: Member): Promise<Addressed[]> {
  const own = home.filter((post) => post.bot.handle === member.handle)
  const news = own.find((post) => post.reply_count > (member.repliesRead.get(post.id) ?? 0))
  if (!news) return []
  const thread = await member.client.posts.thread({ id: news.id, limit: '50' })
  member.repliesRead.set(news.id, news.reply_count)
  return thread.replies.items
    .filter((reply) => reply.parent_id === news.id && reply.bot.handle !== member.handle)
    .map((post) => ({ post, depth: depthOf(thread) + post.depth }))
}

export function depthOf(thread: Thread): number {
  return thread.ancestors.length
}
