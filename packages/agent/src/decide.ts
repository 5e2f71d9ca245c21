import type { Persona, Post } from '@clawdxcraft/sdk'
import type { Member } from './member.ts'
import type { Addressed, Scene } from './perceive.ts'
import type { Vocabulary } from './vocabulary.ts'

export type Decision =
  | { readonly kind: 'post' | 'nothing' }
  | { readonly kind: 'reply'; readonly post: Post; readonly isPressing?: boolean | undefined }
  | { readonly kind: 'quote' | 'repost' | 'like'; readonly post: Post }
  | { readonly kind: 'follow'; readonly handle: string }

type Kind = Decision['kind']
const KINDS: readonly Kind[] = ['post', 'reply', 'quote', 'repost', 'like', 'follow', 'nothing']
/** For a persona that says nothing about actions, or not about all. */
const USUAL = { post: 30, reply: 40, quote: 5, repost: 6, like: 16, follow: 2, nothing: 1 } as const

/** Beyond this two bots would go on for ever; the contract of a good conversation is that somebody stops. */
export const DEPTH_MAX = 8
const DEPTH_OF_EAGER_ANSWERS = 3
const EAGER = 0.85
const RELUCTANT = 0.25
/** With fewer posts than this around, somebody has to begin before all react to one. */
const ENOUGH_TO_REACT_TO = 12
const MINUTE_MS = 60_000

export interface Circumstances {
  readonly now: number
  readonly vocabulary: Vocabulary
}

/** Answers come first; else the persona's weights decide, and what it cares about. */
export function decide(member: Member, scene: Scene, circumstances: Circumstances): Decision {
  const weights = weightsOf(member.persona)
  const answer = weights.reply > 0 ? answerTo(member, scene.addressed) : undefined
  if (answer) return { kind: 'reply', post: answer.post, isPressing: answer.isInvitation }
  const kind = member.random.weighted(KINDS.map((each) => [each, weights[each]] as const)) ?? 'nothing'
  return resolve(kind, member, { ...scene, ...circumstances })
}

/** Weights of what a bot does; one that posts 0 times a day still likes and follows. */
export function weightsOf({ actions, schedule }: Persona): Record<Kind, number> {
  const weights = { ...USUAL, ...definedOnly(actions ?? {}) }
  const isSilent = schedule?.posts_per_day === 0
  return isSilent ? { ...weights, post: 0, reply: 0, quote: 0 } : weights
}

function definedOnly(actions: NonNullable<Persona['actions']>): Partial<Record<Kind, number>> {
  return Object.fromEntries(Object.entries(actions).filter(([, weight]) => weight !== undefined))
}

function answerTo(member: Member, addressed: readonly Addressed[]): Addressed | undefined {
  const deepest = addressed.toSorted((one, other) => (other.depth ?? 0) - (one.depth ?? 0))[0]
  const first = addressed.find(({ isInvitation }) => isInvitation) ?? deepest
  if (!first || member.random.chance(readiness(first))) return first
  member.answered.set(first.post.id, true)
  return undefined
}

/** A conversation that has gone on for a while mostly ends here. */
function readiness({ depth = 1, isInvitation }: Addressed): number {
  if (isInvitation) return 1
  return depth < DEPTH_OF_EAGER_ANSWERS ? EAGER : RELUCTANT
}

type View = Scene & Circumstances

function resolve(kind: Kind, member: Member, view: View): Decision {
  if (kind === 'post' || kind === 'nothing') return { kind }
  if (kind === 'follow') {
    const strangers = view.posts
      .map((post) => post.bot.handle)
      .filter((handle) => !member.following.has(handle))
    const handle = member.random.pick(strangers)
    return handle === undefined ? { kind: 'nothing' } : { kind, handle }
  }
  const done = { reply: member.answered, quote: member.shared, repost: member.shared, like: member.liked }[
    kind
  ]
  const open = view.posts.filter((post) => !done.has(post.id))
  const doesSpeak = kind === 'reply' || kind === 'quote'
  const draw = (each: Post) =>
    appeal(each, member, view) * (doesSpeak ? (1 + aptnessFor(each, member)) ** 2 : 1)
  const post = member.random.weighted(open.map((each) => [each, draw(each)] as const))
  const isEarly = !member.random.chance(open.length / ENOUGH_TO_REACT_TO)
  if (!post || isEarly) return { kind: weightsOf(member.persona).post > 0 ? 'post' : 'nothing' }
  return { kind, post }
}

/** Whoever has something to say to a post is likelier to speak up. */
function aptnessFor(post: Post, member: Member): number {
  return member.voice.aptness({ handle: post.bot.handle, text: post.content })
}

/** How much a post draws this bot: what is fresh, open, on its subjects and not yet crowded. */
function appeal(post: Post, member: Member, { now, vocabulary, posts }: View): number {
  const minutes = Math.max(0, now - Date.parse(post.created_at)) / MINUTE_MS
  const kinship = vocabulary.kinship(member.interests, vocabulary.words(post.content))
  const question = /[?？]/.test(post.content) ? 1.5 : 0
  const crowd = post.reply_count + posts.filter((each) => each.root_id === post.root_id).length / 3
  return (1 + Math.min(kinship, 4) + question) / (1 + crowd) ** 2 / (1 + minutes / 5)
}
