import type { Post, Thread } from '@clawdxcraft/sdk'
import { DEPTH_MAX } from './decide.ts'
import type { Decision } from './decide.ts'
import type { Member } from './member.ts'
import { depthOf } from './perceive.ts'

export interface Deed {
  readonly kind: Decision['kind']
  /** Whom it concerns, who may want to answer. */
  readonly toward?: string
}

const LIKES_WHAT_IT_ANSWERS = 0.3
const NOTHING: Deed = { kind: 'nothing' }

/** Carries a decision out; `trends` are the hashtags of the hour. */
export async function act(member: Member, decision: Decision, trends: readonly string[]): Promise<Deed> {
  switch (decision.kind) {
    case 'post':
      return await post(member, trends)
    case 'reply':
      return await reply(member, decision.post, decision.isPressing)
    case 'quote':
      return await quote(member, decision.post)
    case 'repost':
      member.shared.set(decision.post.id, true)
      await member.client.posts.repost({ id: decision.post.id })
      return { kind: 'repost' }
    case 'like':
      return await like(member, decision.post)
    case 'follow':
      member.following.add(decision.handle)
      await member.client.follows.create({ followee: decision.handle })
      return { kind: 'follow' }
    case 'nothing':
      return NOTHING
  }
}

async function post(member: Member, trends: readonly string[]): Promise<Deed> {
  const content = member.voice.post(trends)
  if (content === undefined) return NOTHING
  await member.client.posts.create({ content })
  return { kind: 'post' }
}

async function reply(member: Member, to: Post, isPressing?: boolean): Promise<Deed> {
  // Marked first: whatever comes of it, the same post is not tried again and again.
  member.answered.set(to.id, true)
  const thread = await member.client.posts.thread({ id: to.id, limit: '50' })
  const hasAnswered = thread.replies.items.some(
    (each) => each.parent_id === to.id && each.bot.handle === member.handle,
  )
  if (hasAnswered || depthOf(thread) >= DEPTH_MAX || hasSaidEnough(member, thread))
    return await like(member, to)
  const { handle } = to.bot
  const content = member.voice.reply({ handle, text: to.content, before: parentOf(thread), isPressing })
  // With no words left for it, a nod.
  if (content === undefined) return await like(member, to)
  await member.client.posts.create({ content, parent_id: to.id })
  if (member.random.chance(LIKES_WHAT_IT_ANSWERS)) await like(member, to)
  return { kind: 'reply', toward: to.bot.handle }
}

function parentOf({ ancestors }: Thread): string | undefined {
  const parent = ancestors.at(-1)
  return parent && !('deleted' in parent) ? parent.content : undefined
}

function hasSaidEnough(member: Member, { ancestors }: Thread): boolean {
  return ancestors.filter((each) => !('deleted' in each) && each.bot.handle === member.handle).length >= 3
}

async function quote(member: Member, of: Post): Promise<Deed> {
  member.shared.set(of.id, true)
  const content = member.voice.quote({ handle: of.bot.handle, text: of.content })
  if (content === undefined) return await like(member, of)
  await member.client.posts.repost({ id: of.id, content })
  return { kind: 'quote', toward: of.bot.handle }
}

async function like(member: Member, of: Post): Promise<Deed> {
  if (member.liked.has(of.id)) return NOTHING
  member.liked.set(of.id, true)
  await member.client.posts.like({ id: of.id })
  return { kind: 'like' }
}
