import { CONTENT_MAX } from '@clawdxcraft/protocol'
import { resemblance } from '../likeness.ts'
import type { Random } from '../random.ts'
import { isReply, jointsOf, readCorpus, wordCount, wordsOf } from './corpus.ts'
import type { Corpus, Passage, Sentence } from './corpus.ts'
import { createWordChain } from './word-chain.ts'
import type { WordChain } from './word-chain.ts'

/** Says what its author has not said, in the author's words. */
export interface Babble {
  /**
   * A text of whole sentences that is in no text of the corpus, slots like `{topic}` unfilled and hashtags at the end;
   * `undefined` where the corpus has too little for one. The same `random` gives the same text.
   */
  say(options: SayOptions): string | undefined
}

export interface SayOptions {
  readonly random: Random
  /** Words that it should be about, as `Vocabulary.words` gives them. */
  readonly about?: ReadonlySet<string> | undefined
  /** Code points, a slot counted as what may come to stand in it; 280 where nothing is said, and never more. */
  readonly maxPoints?: number | undefined
  /** `post` takes up nothing that somebody said, `reply` does; without it, either. */
  readonly kind?: Passage['kind'] | undefined
}

const TRIES = 24
/** Of the tries, those for which whole sentences are put together; the words themselves come last. */
const TRIES_OF_SENTENCES = 16
const WORDS_MIN = 4
const PASSAGES_MIN = 3
const TAGS_MAX = 2
/** More alike to one text of the corpus than this is that text. */
const RESEMBLANCE_MAX = 0.75
/** So many sentences are weighed for a place. */
const CANDIDATES = 40
const CROSSES = 0.4
const GOES_ON = 0.25
/** Points that a slot may take up once it is filled. */
const SLOT_POINTS = 16

/** The texts are read when something is first said, and let go of when many others have spoken since. */
export function createBabble(texts: readonly string[]): Babble {
  return {
    say({ random, about = NOTHING, maxPoints = CONTENT_MAX, kind }) {
      const source = sourceOf(texts)
      if (source.corpus.passages.length < PASSAGES_MIN) return undefined
      const task = { random, about, kind, source, room: Math.min(maxPoints, CONTENT_MAX) }
      for (let tried = 0; tried < TRIES; tried++) {
        const draft = tried < TRIES_OF_SENTENCES ? recombined(task) : walked(task)
        const text = draft && finished(draft, task)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

const NOTHING: ReadonlySet<string> = new Set()

interface Source {
  readonly corpus: Corpus
  /** Made when sentences alone do not do. */
  chain: WordChain | undefined
}

interface Task {
  readonly random: Random
  readonly about: ReadonlySet<string>
  readonly kind: Passage['kind'] | undefined
  readonly source: Source
  /** In code points. */
  readonly room: number
}

interface Draft {
  readonly opening: string
  /** Which passages it could be a copy of. */
  readonly from: readonly number[]
  readonly sentences: readonly string[]
  readonly tags: readonly string[]
}

// Ten thousand bots in one process: those who speak often stay, for all others it is a matter of milliseconds.
const SOURCES_KEPT = 128
const sources = new Map<readonly string[], Source>()

function sourceOf(texts: readonly string[]): Source {
  const source = sources.get(texts) ?? { corpus: readCorpus(texts), chain: undefined }
  sources.delete(texts)
  sources.set(texts, source)
  const [oldest] = sources.keys()
  if (sources.size > SOURCES_KEPT && oldest) sources.delete(oldest)
  return source
}

/** The beginning of one passage and the end of another, best where they share a word. */
function recombined(task: Task): Draft | undefined {
  const { random, source, about } = task
  const passages = source.corpus.passages.filter((each) => suits(each, task))
  const first = random.weighted(passages.map((each) => [each, 1 + 4 * sharedBy(each, about)] as const))
  if (!first) return undefined
  const head = first.sentences.slice(0, Math.max(1, random.below(first.sentences.length)))
  const crossing = random.chance(CROSSES) ? crossed(head, task) : undefined
  if (crossing) return { opening: first.opening, ...crossing, tags: tagsOf(head, task) }
  const tail = follower(head, task)
  if (!tail) return undefined
  const rest = random.chance(GOES_ON) ? follower([...head, tail], task) : undefined
  const parts = [...head, tail, ...(rest ? [rest] : [])]
  const sentences = parts.map(({ text }) => text)
  return { opening: first.opening, from: passagesOf(parts), sentences, tags: tagsOf(parts, task) }
}

function suits({ kind, sentences }: Passage, task: Task): boolean {
  return sentences.length > 0 && (task.kind === undefined || kind === task.kind)
}

function sharedBy({ sentences }: Passage, about: ReadonlySet<string>): number {
  if (about.size === 0) return 0
  return sentences.reduce((sum, sentence) => sum + overlap(wordsOf(sentence), about), 0)
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0
  for (const word of one) if (other.has(word)) count++
  return count
}

/** A sentence of a passage that has not been used yet, which can stand behind these. */
function follower(head: readonly Sentence[], { random, about, source }: Task): Sentence | undefined {
  const candidates = source.corpus.sentences.filter((sentence) => follows(sentence, head))
  const some = random.shuffle(candidates).slice(0, CANDIDATES)
  return random.weighted(some.map((each) => [each, aptness(each, head, about)] as const))
}

/** How well a sentence goes on from these: best with words in common, as an end, and as no second question. */
function aptness(sentence: Sentence, head: readonly Sentence[], about: ReadonlySet<string>): number {
  const words = wordsOf(sentence)
  const ties = head.reduce((sum, before) => sum + overlap(wordsOf(before), words), 0)
  const isOneQuestionTooMany = sentence.asks && head.some(({ asks, kind }) => asks || kind === 'reply')
  const place = sentence.ends ? 3 : sentence.opens ? 0.7 : 1
  const fault = (sentence.leans ? 0.02 : 1) * (isOneQuestionTooMany ? 0.05 : 1)
  return (1 + 5 * ties + 3 * overlap(words, about)) * place * fault
}

/** From elsewhere, no reply behind a post, and nothing to fill in that may not be there. */
function follows(sentence: Sentence, head: readonly Sentence[]): boolean {
  return (
    head.every(({ passage }) => passage !== sentence.passage) &&
    (sentence.kind === 'post' || head.some(({ kind }) => kind === 'reply')) &&
    sentence.slots.every((slot) => slot === '{author}' || head.some(({ slots }) => slots.includes(slot)))
  )
}

/** The last sentence with its second clause changed for one that another sentence has behind the same link. */
function crossed(
  head: readonly Sentence[],
  { random, source }: Task,
): Pick<Draft, 'sentences' | 'from'> | undefined {
  const last = head.at(-1)
  const joint = last && random.pick(jointsOf(last))
  if (!joint) return undefined
  const others = source.corpus.sentences
    .filter((sentence) => follows(sentence, head))
    .flatMap((sentence) => jointsOf(sentence).map((each) => ({ sentence, ...each })))
  const other = random.pick(others.filter(({ link }) => bare(link) === bare(joint.link)))
  if (!other) return undefined
  const sentence = joint.before + other.link + other.after
  return {
    sentences: [...head.slice(0, -1).map(({ text }) => text), sentence],
    from: passagesOf([...head, other.sentence]),
  }
}

/** A link without its comma, which some writers leave out. */
function bare(link: string): string {
  return link.replace(/^,?\s/, '')
}

function passagesOf(parts: readonly Sentence[]): number[] {
  return [...new Set(parts.map(({ passage }) => passage))]
}

function walked({ random, source, kind }: Task): Draft | undefined {
  const { sentences } = source.corpus
  source.chain ??= createWordChain(sentences.map(({ text }) => text))
  const text = source.chain.walk(random)
  if (!text || (kind !== undefined && isReply(text) !== (kind === 'reply'))) return undefined
  return { opening: '', from: [...source.corpus.passages.keys()], sentences: [text], tags: [] }
}

/** Tags of the passages that these are from; those of a question go with what asks it. */
function tagsOf(parts: readonly Sentence[], { random, source }: Task): string[] {
  const { passages } = source.corpus
  const fitting = parts.filter(
    (part) => part.asks || !passages[part.passage]?.sentences.some(({ asks }) => asks),
  )
  const tags = new Set(fitting.flatMap(({ passage }) => passages[passage]?.tags ?? []))
  return random.shuffle([...tags]).slice(0, TAGS_MAX)
}

/** The draft as one text, if it is short enough and nothing that stands in the corpus. */
function finished({ opening, from, sentences, tags }: Draft, { room, source }: Task): string | undefined {
  const body = joined(sentences)
  const { passages } = source.corpus
  if (wordCount(body) < WORDS_MIN || passages.some((passage) => passage.body.includes(body))) return undefined
  const isCopy = (index: number) => resemblance(passages[index]?.body ?? '', body) > RESEMBLANCE_MAX
  if (from.some(isCopy)) return undefined
  for (let kept = tags.length; kept >= 0; kept--) {
    const text = [opening + body, ...tags.slice(0, kept)].join(' ')
    if (pointsOf(text) <= room) return text
  }
  return undefined
}

const CLOSED = /[^\p{L}\p{M}\p{N}}]$/u
const WITHOUT_SPACES = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}。！？」』…]$/u

function joined(sentences: readonly string[]): string {
  return sentences.reduce((text, sentence) => {
    if (text === '') return sentence
    const isSpaceless = WITHOUT_SPACES.test(text) && /^\P{ASCII}/u.test(sentence) && !/^[“«„]/u.test(sentence)
    const end = CLOSED.test(text) ? '' : isSpaceless ? '。' : '.'
    return `${text}${end}${isSpaceless ? '' : ' '}${sentence}`
  }, '')
}

function pointsOf(text: string): number {
  const [...points] = text.replaceAll(/\{\w+\}/g, '_'.repeat(SLOT_POINTS))
  return points.length
}
