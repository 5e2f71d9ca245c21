import type { Persona, Post } from '@clawdxcraft/protocol'
import { ACTIONS } from '../action.ts'
import type { ActionName, Choice } from '../action.ts'
import { RULES, copied, repeated } from '../policy.ts'
import type { Random } from '../random.ts'
import { Recent } from '../recent.ts'
import { depthOf, textsIn } from '../scene.ts'
import type { Item } from '../scene.ts'
import { weightsOf } from '../weights.ts'
import { NOTHING_SPENT } from './brain.ts'
import type { Brain, Situation } from './brain.ts'
import { createVoice } from './voice.ts'
import type { Vocabulary } from './vocabulary.ts'

const DEPTH_OF_EAGER_ANSWERS = 3
const EAGER = 0.85
const RELUCTANT = 0.25
/** Two who talk may go on, but somebody else should get a word in. */
const THREAD_REST_MS = 10 * 60_000
/** With fewer posts than this around, somebody has to begin before all react to one. */
const ENOUGH_TO_REACT_TO = 12
const MINUTE_MS = 60_000
const REMEMBERED_POSTS = 200
const LETS_GO_BELOW = 0.5
/** To know whether it has something to say to a post takes a while. */
const WEIGHED_AT_MOST = 8

export interface ScriptedOptions {
  readonly persona: Persona
  readonly vocabulary: Vocabulary
  readonly random: Random
  /** Its own texts of before, the oldest first. */
  readonly said: readonly string[]
  /** Of how many posts it knows that it replied, liked, or shared; 200 of each where nothing is said. */
  readonly knows?: number
}

/** Decides without a model: by the persona's weights, by what it cares about, in words of its own examples. */
export function createScriptedBrain(options: ScriptedOptions): Brain {
  const { persona, vocabulary, random, said, knows = REMEMBERED_POSTS } = options
  const voice = createVoice({ persona, vocabulary, random })
  voice.recall(said)
  const weights = weightsOf(persona)
  const interests = vocabulary.words(persona.topics.join(' '))
  /** Posts that it has dealt with in this way. */
  const done = {
    reply: new Recent<true>(knows),
    share: new Recent<true>(knows),
    like: new Recent<true>(knows),
  }

  function decide(situation: Situation): Choice {
    const answer = weights.reply > 0 ? answerTo(situation) : undefined
    if (answer) return speakTo('reply', answer, situation)
    const kind = random.weighted(ACTIONS.map((each) => [each, weights[each]] as const)) ?? 'nothing'
    return resolve(kind, situation)
  }

  /** What waits for an answer: strangers first, then the deepest conversation. */
  function answerTo(situation: Situation): Item | undefined {
    const addressed = situation.scene.items.filter((item) => speaksToIt(item) && mayReply(item, situation))
    const deepest = addressed.toSorted((one, other) => other.thread.length - one.thread.length)[0]
    const first = addressed.find(isAddressed) ?? deepest
    if (!first?.post || random.chance(readiness(first))) return first
    done.reply.set(first.post.id, true)
    return undefined
  }

  function mayReply({ post }: Item, { memory, now }: Situation): boolean {
    if (!post || done.reply.has(post.id)) return false
    return now - (memory.repliedAt(post.root_id) ?? -Infinity) >= THREAD_REST_MS
  }

  function resolve(kind: ActionName, situation: Situation): Choice {
    if (kind === 'nothing') return { action: kind }
    if (kind === 'post') return post(situation)
    if (kind === 'follow' || kind === 'unfollow') return befriend(kind, situation)
    const item = drawn(kind, situation)
    if (!item) return weights.post > 0 ? post(situation) : { action: 'nothing' }
    if (kind === 'reply' || kind === 'quote') return speakTo(kind, item, situation)
    return touch(kind, item, situation)
  }

  /** One of the posts around, by how much it draws this bot; nothing while there is little to react to. */
  function drawn(kind: 'reply' | 'quote' | 'repost' | 'like', situation: Situation): Item | undefined {
    const { items } = situation.scene
    const before = kind === 'reply' || kind === 'like' ? done[kind] : done.share
    const open = items.filter(
      (item) => item.post && !before.has(item.post.id) && (kind !== 'reply' || mayReply(item, situation)),
    )
    const drawing = open.map((each) => [each, appeal(each, situation)] as const)
    const item = random.weighted(kind === 'reply' || kind === 'quote' ? apt(drawing) : drawing)
    return random.chance(open.length / ENOUGH_TO_REACT_TO) ? item : undefined
  }

  /** Of those that draw it most, each by how much it has to say to it as well. */
  function apt(drawing: readonly (readonly [Item, number])[]): (readonly [Item, number])[] {
    const most = drawing.toSorted(([, one], [, other]) => other - one).slice(0, WEIGHED_AT_MOST)
    return most.map(([item, draw]) => [item, draw * (1 + aptness(item)) ** 2] as const)
  }

  function post(situation: Situation): Choice {
    const text = voice.post(situation.scene.trends, isTakenIn(situation))
    return text === undefined ? { action: 'nothing' } : { action: 'post', text }
  }

  function speakTo(kind: 'reply' | 'quote', item: Item, situation: Situation): Choice {
    const { post: of, author: handle } = item
    if (!of) return { action: 'nothing' }
    done[kind === 'reply' ? 'reply' : 'share'].set(of.id, true)
    const heard = {
      handle,
      text: of.content,
      before: item.thread.at(-1)?.content,
      isTaken: isTakenIn(situation),
    }
    const text =
      kind === 'reply' ? voice.reply({ ...heard, isPressing: isAddressed(item) }) : voice.quote(heard)
    // With no words left for it, a nod.
    if (text === undefined) return touch('like', item, situation)
    return { action: kind, target: numberOf(item, situation), text }
  }

  function touch(kind: 'like' | 'repost', item: Item, situation: Situation): Choice {
    const before = kind === 'like' ? done.like : done.share
    if (!item.post || before.has(item.post.id)) return { action: 'nothing' }
    before.set(item.post.id, true)
    return { action: kind, target: numberOf(item, situation) }
  }

  /** Follows somebody new whom it sees; leaves somebody with whom it shares the least. */
  function befriend(action: 'follow' | 'unfollow', situation: Situation): Choice {
    const { scene, memory } = situation
    const isCandidate = ({ author }: Item) => memory.following.has(author) === (action === 'unfollow')
    const items = scene.items.filter(isCandidate)
    const item =
      action === 'follow'
        ? random.pick(items)
        : items.find(({ post }) => post && kinship(post) < LETS_GO_BELOW)
    return item ? { action, target: numberOf(item, situation) } : { action: 'nothing' }
  }

  /** What it reads just now, or said a moment ago, it would not say as well: the policy would not let it. */
  function isTakenIn({ scene, memory }: Situation): (text: string) => boolean {
    const shown = textsIn(scene, persona.handle)
    const own = memory.said.map(({ text }) => text)
    return (text) => (copied(text, shown, RULES) ?? repeated(text, own, RULES)) !== undefined
  }

  /** How much a post draws this bot: what is fresh, open, on its subjects and not yet crowded. */
  function appeal({ post: of }: Item, { now, scene }: Situation): number {
    if (!of) return 0
    const minutes = Math.max(0, now - Date.parse(of.created_at)) / MINUTE_MS
    const question = /[?？]/.test(of.content) ? 1.5 : 0
    const crowd = of.reply_count + scene.items.filter((each) => each.post?.root_id === of.root_id).length / 3
    return (1 + Math.min(kinship(of), 4) + question) / (1 + crowd) ** 2 / (1 + minutes / 5)
  }

  function kinship(of: Post): number {
    return vocabulary.kinship(interests, vocabulary.words(of.content))
  }

  /** Whoever has something to say to a post is likelier to speak up. */
  function aptness({ post: of, author: handle }: Item): number {
    return of ? voice.aptness({ handle, text: of.content }) : 0
  }

  return {
    name: 'scripted',
    think: (situation) =>
      Promise.resolve({ ...NOTHING_SPENT, choice: decide(situation), model: null, promptHash: null }),
  }
}

function speaksToIt({ source, reason }: Item): boolean {
  return source === 'invited' || reason === 'mention' || reason === 'reply' || reason === 'quote'
}

/** Whoever begins a thread with its name wants this bot and no other, and a stranger has nobody else. */
function isAddressed(item: Item): boolean {
  return item.source === 'invited' || (item.reason === 'mention' && depthOf(item) === 0)
}

/** A conversation that has gone on for a while mostly ends here. */
function readiness(item: Item): number {
  if (isAddressed(item)) return 1
  return (depthOf(item) ?? item.thread.length) < DEPTH_OF_EAGER_ANSWERS ? EAGER : RELUCTANT
}

function numberOf(item: Item, { scene }: Situation): number {
  return scene.items.indexOf(item) + 1
}
