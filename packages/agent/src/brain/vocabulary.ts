import { hashtagKey, hashtagsIn } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { Recent } from '../recent.ts'
import { askedIn, readLine, styleOf } from './line.ts'
import type { Line } from './line.ts'

/** What a cast of characters talks about: which words say something, and which of them can be taken up. */
export interface Vocabulary {
  /** The words of a text that could matter, in a form in which singular and plural are one. */
  words(text: string): ReadonlySet<string>
  /** How much two texts have to say to each other: the sum over shared words, rare ones counting more. */
  kinship(one: Iterable<string>, other: ReadonlySet<string>): number
  /** Topics that occur in the text, as they stand there, in lower case. */
  topicsIn(text: string): string[]
  /** An example of the cast, understood once for all who have it. */
  lineOf(text: string): KnownLine
  /** What a text must share with a line of this bot that was made for one question of another; 0 for all other lines. */
  kinshipNeeded(line: KnownLine, handle: string): number
  /** Whether the cast itself uses this hashtag. Those of strangers are never repeated. */
  isOurTag(key: string): boolean
}

// Below this a word stands in every tenth example and says nothing.
const COMMON = 2.3
const TEXTS_KEPT = 1000
/** Hashtags that say what a post is, not what it is about. */
const LABELS = new Set(['questions', 'errors'])
/** A reply that shares this much with a question of another character was written for it, and is kept for it… */
const KINSHIP_OF_ANSWERS = 3.5
/** …or for what comes this near to it. */
const NEARNESS = 0.6
const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** A line with what it is about, as this vocabulary counts words. */
export interface KnownLine extends Line {
  /** Without those that everybody says. */
  readonly words: readonly string[]
}

export function createVocabulary(personas: readonly Persona[]): Vocabulary {
  const examples = personas.flatMap((persona) => styleOf(persona).examples)
  const tags = new Set(examples.flatMap(hashtagsIn))
  const topics = new Set(
    personas.flatMap((persona) => persona.topics.map((topic) => stem(hashtagKey(topic)))),
  )
  const weights = weigh(examples)
  const questions = personas.flatMap((persona) => questionsOf(persona))
  // A word that no example has is as rare as can be, but only examples are compared with it.
  const weightOf = (word: string) => weights.get(word) ?? 0
  // Bots read the same posts over and over, and taking a text apart is most of what they do.
  const read = new Recent<ReadonlySet<string>>(TEXTS_KEPT)
  function words(text: string): ReadonlySet<string> {
    const known = read.get(text)
    if (known) return known
    const found = wordsIn(text)
    read.set(text, found)
    return found
  }

  function kinship(one: Iterable<string>, other: ReadonlySet<string>): number {
    let sum = 0
    for (const word of one) if (other.has(word)) sum += weightOf(word)
    return sum
  }

  // Bots share lines; each is understood, and held against all questions, once.
  const lines = new Map<string, KnownLine>()
  // Their words are these strings, not as many copies of them.
  const telling = new Map([...weights].flatMap(([word, weight]) => (weight > 0 ? [[word, word]] : [])))
  const needs = new Map<string, Map<KnownLine, number>>()
  const askers = new Set(questions.map(({ by }) => by))

  function kinshipNeeded(line: KnownLine, handle: string): number {
    if (line.kind === 'post' || line.varies) return 0
    // Those who ask nothing have the same questions before them.
    const asker = askers.has(handle) ? handle : ''
    const needsOfOne = needs.get(asker) ?? new Map<KnownLine, number>()
    needs.set(asker, needsOfOne)
    const known = needsOfOne.get(line)
    if (known !== undefined) return known
    const nearest = Math.max(0, ...questionsTo(handle, line.to).map((each) => kinship(line.words, each)))
    const need = nearest >= KINSHIP_OF_ANSWERS ? Math.max(KINSHIP_OF_ANSWERS, nearest * NEARNESS) : 0
    needsOfOne.set(line, need)
    return need
  }

  /** The words of each question that others of the cast ask: all, or only what one of them asks this bot. */
  function questionsTo(handle: string, from: string | undefined): ReadonlySet<string>[] {
    return questions
      .filter((each) => (from ? each.by === from && each.to === handle : each.by !== handle && !each.to))
      .map((each) => each.words)
  }

  return {
    words,
    lineOf(text) {
      const known = lines.get(text)
      if (known) return known
      const line = { ...readLine(text), words: [...wordsIn(text)].flatMap((word) => telling.get(word) ?? []) }
      lines.set(text, line)
      return line
    },
    kinshipNeeded,
    kinship,
    topicsIn: (text) => topicsIn(text, topics),
    isOurTag: (key) => tags.has(key) && !LABELS.has(key),
  }
}

function questionsOf(persona: Persona) {
  const lines = styleOf(persona).examples.map(readLine)
  const asking = lines.filter(({ kind, text }) => kind !== 'reply' && askedIn(text) !== 'nothing')
  return asking.map(({ text, to }) => ({ by: persona.handle, to, words: wordsIn(text) }))
}

function weigh(examples: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const example of examples) {
    for (const word of wordsIn(example)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const weight = (count: number) => Math.max(0, Math.log(examples.length / count) - COMMON)
  return new Map([...counts].map(([word, count]) => [word, weight(count)]))
}

function wordsIn(text: string): ReadonlySet<string> {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\{\w+\}|@\w+/g, ' ')
  const words = [...segmenter.segment(plain)].filter(({ isWordLike }) => isWordLike)
  return new Set(words.map(({ segment }) => stem(segment)).filter(isTelling))
}

function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?<=[^s])s$/, '') : word
}

/** Short words of alphabets are grammar; one Chinese character can be a topic. */
function isTelling(word: string): boolean {
  return word.length > 3 || /\p{sc=Han}|^\d{2,}$/u.test(word)
}

/** A hashtag is a label; it is taken up only where the sentence itself offers nothing. */
function topicsIn(text: string, topics: ReadonlySet<string>): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replaceAll(/@\w+/g, ' ')
  const spoken = matches(plain.replaceAll(/[#＃][\p{L}\p{M}\p{N}_]+/gu, ' '), topics)
  return spoken.length > 0 ? spoken : matches(plain, topics)
}

function matches(plain: string, topics: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  for (const { segment, isWordLike } of segmenter.segment(plain)) {
    if (isWordLike && topics.has(stem(segment)) && !LABELS.has(segment)) found.add(segment)
  }
  return [...found]
}
