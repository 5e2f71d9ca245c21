import { createVocabulary } from './vocabulary.ts'

/** Texts of one author, taken apart once so that parts of different ones can be put together. */
export interface Corpus {
  readonly passages: readonly Passage[]
  readonly sentences: readonly Sentence[]
}

export interface Passage {
  /** The text without opening and tags. */
  readonly body: string
  /** `{author} ` or nothing. */
  readonly opening: string
  /** `post` can be said to nobody in particular; `reply` takes up what somebody said. */
  readonly kind: 'post' | 'reply'
  readonly sentences: readonly Sentence[]
  /** Hashtags at its end, with `#`. */
  readonly tags: readonly string[]
}

export interface Sentence {
  readonly text: string
  /** Which passage it is from. */
  readonly passage: number
  readonly kind: Passage['kind']
  /** Slots that may have nothing to fill them: all but `topic`. */
  readonly slots: readonly string[]
  /** Whether it answers, points back at a sentence before it, or is no more than a word or two. */
  readonly leans: boolean
  readonly asks: boolean
  /** Whether the passage begins with it and goes on, and whether it ends with it. */
  readonly opens: boolean
  readonly ends: boolean
  /** What `wordsOf` and `jointsOf` have found; most sentences are never asked for it. */
  words: ReadonlySet<string> | undefined
  joints: readonly Joint[] | undefined
}

/** `before` + `link` + `after` is the sentence. */
export interface Joint {
  readonly before: string
  readonly link: string
  readonly after: string
}

const OPENING = /^\{author\} /i
const TAGS = /(?:\s+[#＃][^\s#＃]+)+$/u
const ADDRESS = /^@[a-z0-9_]{3,15}\s/
const REPLY_SLOT = /\{(?:author|word|tag)\}/i
const NO_SLOTS: readonly string[] = []
const SLOT = /\{(?:author|word|tag|trend)\}/gi
const ABBREVIATED = /(?:^|[\s(“"])(?:\p{Lu}|Dr|Mr|Mrs|Ms|St|Sr|Sra|Nr|No|vs|etc|approx|ca|bzw)\.$/u
// Whoever begins with one of these speaks of somebody who has been named before.
const LEANING =
  /^[“"(«]?(?:he|she|it|its|it['’]s|yes|no|sim|não|はい|いいえ|they|them|this|that|these|those|his|her|their|then|so|but|and|or|also|both|neither|either|same|ele|ela|eles|isso|esse|essa|mas|er|sie|es|aber|il|elle|ils|ça|cela|mais|él|ella|eso|pero)(?![\p{L}])/iu
const LINK =
  /; |,? because |, (?:but|and|so|until|unless|although|though|mas|porque|e|pero|y|aber|und|denn|weil|mais|et|car) /gu
const CLAUSE_WORDS = 3
/** Where words have no spaces between them, only the segmenter can count; it takes ten times as long. */
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u
const SPACED_WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)*/gu

const bySentence = new Intl.Segmenter('en', { granularity: 'sentence' })
const byWord = new Intl.Segmenter('en', { granularity: 'word' })
const { words } = createVocabulary([])

/** Texts that begin with a handle are left out: they are for that bot alone. */
export function readCorpus(texts: readonly string[]): Corpus {
  const lines = [...new Set(texts)].filter((text) => !ADDRESS.test(text))
  const passages = lines.map(passageOf)
  return { passages, sentences: passages.flatMap(({ sentences }) => sentences) }
}

function passageOf(text: string, index: number): Passage {
  const kind = isReply(text) ? 'reply' : 'post'
  const opening = OPENING.exec(text)?.[0] ?? ''
  const tags = TAGS.exec(text)?.[0] ?? ''
  const body = text.slice(opening.length, text.length - tags.length).trim()
  const sentences = sentencesOf(body).map((sentence, place, all) => {
    const ends = place === all.length - 1
    return readSentence(sentence, { passage: index, kind, ends, opens: place === 0 && !ends })
  })
  return { body, opening, kind, sentences, tags: tags.split(/\s+/).filter(Boolean) }
}

/** Sentences as people would count them: a title ends none, and a quotation stays whole. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = []
  let open = ''
  for (const { segment } of bySentence.segment(text)) {
    open += segment
    if (ABBREVIATED.test(open.trimEnd()) || !isBalanced(open)) continue
    sentences.push(open.trim())
    open = ''
  }
  if (open.trim() !== '') sentences.push(open.trim())
  return sentences.filter((sentence) => sentence !== '')
}

function readSentence(
  text: string,
  { passage, kind, opens, ends }: Pick<Sentence, 'passage' | 'kind' | 'opens' | 'ends'>,
): Sentence {
  return {
    text,
    passage,
    kind,
    slots: text.match(SLOT)?.map((slot) => slot.toLowerCase()) ?? NO_SLOTS,
    leans: LEANING.test(text) || wordCount(text) < CLAUSE_WORDS,
    asks: /[?？]\P{L}*$/u.test(text),
    opens,
    ends,
    words: undefined,
    joints: undefined,
  }
}

/** Its words that could matter, as `Vocabulary.words` gives them. */
export function wordsOf(sentence: Sentence): ReadonlySet<string> {
  return (sentence.words ??= words(sentence.text))
}

/** Where it can be cut into two clauses. */
export function jointsOf(sentence: Sentence): readonly Joint[] {
  return (sentence.joints ??= jointsIn(sentence.text))
}

/** Whether a text takes up what somebody said. */
export function isReply(text: string): boolean {
  return REPLY_SLOT.test(text)
}

function jointsIn(text: string): Joint[] {
  const joints = Array.from(text.matchAll(LINK), ({ 0: link, index }) => ({
    before: text.slice(0, index),
    link,
    after: text.slice(index + link.length),
  }))
  return joints.filter(({ before, after }) => isClause(before) && isClause(after))
}

function isClause(text: string): boolean {
  return isBalanced(text) && wordCount(text) >= CLAUSE_WORDS
}

/** Whether every quotation and bracket that was opened is closed again. */
function isBalanced(text: string): boolean {
  // German closes with the sign that English opens with.
  const plain = text.includes('„') ? text.replaceAll('“', '”') : text
  const count = (signs: RegExp) => plain.match(signs)?.length ?? 0
  return count(/"/g) % 2 === 0 && count(/[“„«(「『[]/g) === count(/[”»)」』\]]/g)
}

export function wordCount(text: string): number {
  if (!SPACELESS.test(text)) return text.match(SPACED_WORD)?.length ?? 0
  let count = 0
  for (const { isWordLike } of byWord.segment(text)) if (isWordLike) count++
  return count
}

/** A text as its words with whatever stands before each; slots and tags stay whole. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = []
  for (const part of text.split(/(\s*(?:\{\w+\}|[#＃@][\p{L}\p{M}\p{N}_]+))/u)) {
    if (/^\s*[{#＃@]/u.test(part)) tokens.push(part)
    else spread(part, tokens)
  }
  return tokens
}

function spread(part: string, tokens: string[]): void {
  let space = ''
  for (const { segment } of byWord.segment(part)) {
    if (segment.trim() === '') {
      space += segment
      continue
    }
    tokens.push(space + segment)
    space = ''
  }
}
