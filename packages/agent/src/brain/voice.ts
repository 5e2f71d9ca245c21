import { hashtagsIn } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { createBabble } from './babble.ts'
import { askedIn, fill, readLine, saidPattern, styleOf } from './line.ts'
import type { Line, Values } from './line.ts'
import type { Random } from '../random.ts'
import { Recent } from '../recent.ts'
import type { KnownLine, Vocabulary } from './vocabulary.ts'

/** What a bot says. Every text is a valid post; `undefined` where it has nothing fitting that it has not just said. */
export interface Voice {
  /** A post by itself. `trends` are hashtags without `#` that many use right now. */
  post(trends: readonly string[], isTaken?: IsTaken): string | undefined
  /** An answer to what was heard. */
  reply(heard: Heard): string | undefined
  /** A remark above a quoted post. */
  quote(heard: Heard): string | undefined
  /** How much it has to say to that: 0 for no more than to anything, rising with what its lines share with it. */
  aptness(heard: Heard): number
  /** Tells it what it said before this process began. */
  recall(texts: readonly string[]): void
}

export interface Heard {
  readonly handle: string
  readonly text: string
  /** What that answered, if it was an answer. */
  readonly before?: string | undefined
  /** Silence would be rude: rather an old line than none. */
  readonly isPressing?: boolean | undefined
  readonly isTaken?: IsTaken | undefined
}

/** Whether somebody has just said as much. */
export type IsTaken = (text: string) => boolean

export interface VoiceOptions {
  readonly persona: Persona
  readonly vocabulary: Vocabulary
  readonly random: Random
}

/** So many of its own texts go by before the same words may come again: fewer than a persona has examples. */
const MEMORY = 30
/** Lines with slots differ each time, and may come back sooner. */
const MEMORY_OF_SLOTS = 14
const MEMORY_WHEN_PRESSED = 8
const TEXTS_REMEMBERED = 100
const INVENTS_AT_MOST = 3
const NAMES_WHOM_IT_ANSWERS = 0.2
/** What a post of its own must share with another to pass for an answer to it: one rare word or two less rare. */
const KINSHIP_OF_POSTS = 3.5

/** For a persona without examples: plain, but it lives. */
const PLAIN_LINES = [
  'Thinking about {topic} today.',
  'What does everyone make of {topic}?',
  'One more thing about {topic}: it deserves more patience than it gets.',
  'Back to {topic}. There is always a part that I had not looked at.',
  'I see that {trend} is going around. I will read before I speak.',
  '{author} You mention “{word}”. Go on.',
  '{author} I had not thought of {word} that way.',
  '{author} That depends on what you mean by “{word}”.',
  '{author} Thank you, I will think about that.',
  '{author} Yes, and I would add: not always.',
]

export function createVoice({ persona, vocabulary, random }: VoiceOptions): Voice {
  const { examples } = styleOf(persona)
  const lines = (examples.length > 0 ? examples : PLAIN_LINES).map(vocabulary.lineOf)
  const babble = createBabble(ownWords(lines, (line) => vocabulary.kinshipNeeded(line, persona.handle)))
  const interests = vocabulary.words(persona.topics.join(' '))
  const ownTags = new Set(examples.flatMap(hashtagsIn))
  const lastSaid = new Map<Line, number>()
  const texts = new Recent<true>(TEXTS_REMEMBERED)
  let count = 0

  function isFresh(line: Line, memory = line.varies ? MEMORY_OF_SLOTS : MEMORY): boolean {
    const said = lastSaid.get(line)
    return said === undefined || count - said > memory
  }

  /** Says the best of the candidates that can be said at all. */
  function say(candidates: readonly Candidate[], { doesName = false, isTaken }: Saying): string | undefined {
    for (const { line, values } of candidates.toSorted((one, other) => other.score - one.score)) {
      const text = fill(line, values, doesName)
      if (text === undefined || (line.varies && texts.has(text)) || isTaken?.(text)) continue
      lastSaid.set(line, count)
      return spoken(text)
    }
    return undefined
  }

  /** Something new in its own words, where no line of it will do. */
  function invent(values: Values, { kind, about, doesName = false, isTaken }: Inventing): string | undefined {
    for (let tries = 0; tries < INVENTS_AT_MOST; tries++) {
      const made = babble.say({ random, kind, about })
      // An answer that takes nothing up could be one to anything.
      const isLoose = kind === 'reply' && !made?.includes('{word}')
      const text = made === undefined || isLoose ? undefined : fill(readLine(made), values, doesName)
      if (text !== undefined && !texts.has(text) && !isTaken?.(text)) return spoken(text)
    }
    // A silence passes time too, or a bot that has said everything would wait for ever.
    count++
    return undefined
  }

  function spoken(text: string): string {
    texts.set(text, true)
    count++
    return text
  }

  function post(trends: readonly string[], isTaken?: IsTaken): string | undefined {
    // What it talks about anyway it would not call a trend.
    const trend = random.pick(trends.filter((tag) => vocabulary.isOurTag(tag) && !ownTags.has(tag)))
    const topic = random.pick(persona.topics)
    const values = { ...(topic && { topic }), ...(trend && { trend: `#${trend}` }) }
    const fresh = lines.filter((line) => line.kind === 'post' && isFresh(line))
    // What was never said comes first, then what was said longest ago.
    const age = (line: Line) => Math.min(2, (count - (lastSaid.get(line) ?? -Infinity)) / lines.length)
    const candidates = fresh.map((line) => ({ line, values, score: age(line) + random.next() }))
    return say(candidates, { isTaken }) ?? invent(values, { kind: 'post', about: interests, isTaken })
  }

  function respond(heard: Heard, doesName: boolean): string | undefined {
    const values = valuesFor(heard)
    const topics = newTopics(heard)
    const candidates = judged(heard).map(({ line, score }) => {
      const word = random.pick(topics.filter((topic) => suits(topic, line)))
      return { line, values: { ...values, ...(word && { word }) }, score: score + random.next() * 2 }
    })
    const saying = { doesName, isTaken: heard.isTaken }
    const fitting = candidates.filter((candidate) => candidate.score > 0)
    const said = say(fitting, saying)
    if (said !== undefined) return said
    const word = random.pick(topics)
    const about = vocabulary.words(heard.text)
    return invent({ ...values, ...(word && { word }) }, { ...saying, kind: 'reply', about })
  }

  function judged(heard: Heard) {
    const heardWords = vocabulary.words(heard.text)
    const usable = lines.filter((line) => isFresh(line, heard.isPressing ? MEMORY_WHEN_PRESSED : undefined))
    return usable.map((line) => {
      const kinship = vocabulary.kinship(line.words, heardWords)
      const isKept = kinship < vocabulary.kinshipNeeded(line, persona.handle)
      const staleness = isFresh(line) ? 0 : STALE
      return { line, score: isKept ? UNFIT : fitness(line, heard, kinship) - staleness }
    })
  }

  /** Topics that came up just now: two who pass each other the same word would not stop. */
  function newTopics({ text, before }: Heard): string[] {
    const old = new Set(before === undefined ? [] : vocabulary.topicsIn(before))
    return vocabulary.topicsIn(text).filter((topic) => !old.has(topic))
  }

  function valuesFor({ handle, text }: Heard): Values {
    const tag = random.pick(hashtagsIn(text).filter((key) => vocabulary.isOurTag(key)))
    return { author: `@${handle}`, ...(tag && { tag: `#${tag}` }) }
  }

  return {
    post,
    reply: (heard) => respond(heard, random.chance(NAMES_WHOM_IT_ANSWERS)),
    quote: (heard) => respond(heard, false),
    aptness: (heard) => Math.max(0, ...judged(heard).map(({ score }) => score - USUAL_FITNESS)),
    recall(earlier) {
      const patterns = earlier.length === 0 ? [] : lines.map((line) => [line, saidPattern(line)] as const)
      for (const text of earlier) {
        texts.set(text, true)
        for (const [line, said] of patterns) if (said.test(text)) lastSaid.set(line, count)
        count++
      }
    },
  }
}

/** With fewer lines than this new sentences are the old ones in another order. */
const LINES_TO_INVENT = 12

/** What new sentences are made of: no line that is kept for one bot, or for one question. */
function ownWords(lines: readonly KnownLine[], needs: (line: KnownLine) => number): string[] {
  const free = lines.filter((line) => line.kind !== 'address' && !line.isAnswer && needs(line) === 0)
  return free.length < LINES_TO_INVENT ? [] : free.map(({ text }) => text)
}

const CJK = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u

/** A word of another script reads as a slip, and one that is in the line already as a stutter. */
function suits(topic: string, { text }: Line): boolean {
  return !text.toLowerCase().includes(topic) && CJK.test(topic) === CJK.test(text)
}

interface Saying {
  readonly doesName?: boolean
  readonly isTaken?: IsTaken | undefined
}

interface Inventing extends Saying {
  readonly kind: 'post' | 'reply'
  readonly about: ReadonlySet<string>
}

interface Candidate {
  readonly line: Line
  readonly values: Values
  readonly score: number
}

/** Takes an old line behind every new one, and lets it stay sayable. */
const STALE = 0.9
/** What a line for any occasion has, at the most. */
const USUAL_FITNESS = 2.5
/** The score of a line that must not be said. */
const UNFIT = -9

/** How well a line answers what was heard; 0 or less where it does not. */
function fitness(line: Line, heard: Heard, kinship: number): number {
  if (line.kind === 'post') return kinship >= KINSHIP_OF_POSTS ? kinship - 0.5 : UNFIT
  if (line.kind === 'address' && line.to !== heard.handle) return UNFIT
  const answers = line.isAnswer ? (askedIn(heard.text) === 'yes or no' ? 2.5 : UNFIT) : 0
  const takesUp = line.slots.includes('word') ? 1.2 : line.slots.includes('tag') ? 0.6 : 0
  // Lines to one bot often answer one thing it says; without a word in common they would come from nowhere.
  const bond = line.kind === 'address' ? (kinship > 1 ? 3 : -1.5) : 1
  return bond + answers + takesUp + kinship
}
