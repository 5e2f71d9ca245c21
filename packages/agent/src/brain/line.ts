import { Content } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'

/** One example of a persona, understood: when it can be said and what has to be filled in. */
export interface Line {
  readonly text: string
  /** `reply` to anyone, `address` only to the bot `to`, `post` by itself. */
  readonly kind: 'post' | 'reply' | 'address'
  readonly to: string | undefined
  readonly slots: readonly Slot[]
  readonly isAnswer: boolean
  /** Whether something other than a name changes from one time to the next. */
  readonly varies: boolean
}

export type Slot = 'author' | 'word' | 'tag' | 'topic' | 'trend'

const SLOT = /\{(author|word|tag|topic|trend)\}/gi
const ADDRESS = /^@([a-z0-9_]{3,15})\s/
const OPENING = /^\{author\} /i
const REPLY_SLOTS: readonly Slot[] = ['author', 'word', 'tag']
// Yes or no in the languages of the samples: whoever was asked something should seem to have heard it.
const ANSWER = /^(?:\{author\} )?(?:yes|no|sim|não|はい|いいえ)(?![\p{L}\p{N}])/iu

export function readLine(text: string): Line {
  const slots = [...text.matchAll(SLOT)].map(([, slot]) => slot?.toLowerCase() as Slot)
  const to = ADDRESS.exec(text)?.[1]
  const isReply = REPLY_SLOTS.some((slot) => slots.includes(slot))
  const kind = to ? 'address' : isReply ? 'reply' : 'post'
  const varies = slots.some((slot) => slot !== 'author')
  return { text, kind, to, slots, isAnswer: ANSWER.test(text), varies }
}

/** Which questions do not want a yes or no, in the same languages. */
const ASKS_FOR_MORE =
  /(?<!\p{L})(?:what|which|who|whose|how|where|why|when|quem|que|qual|como|onde|quando)(?!\p{L})|何|誰|なぜ/iu
const QUESTION = /[^.!?。！？]*[?？]/gu

/** Whether a text asks something, and whether yes or no would answer it. */
export function askedIn(text: string): 'nothing' | 'yes or no' | 'more' {
  const question = text.match(QUESTION)?.at(-1)
  if (question === undefined) return 'nothing'
  return ASKS_FOR_MORE.test(question) ? 'more' : 'yes or no'
}

export type Values = Readonly<Partial<Record<Slot, string>>>

/**
 * Fills the slots; `undefined` where a value is missing or the text would be no valid post. `{word}`, `{Word}`
 * and `{WORD}` take the case in which they are written. Without `doesName` an `{author}` at the beginning goes:
 * a reply already says whom it answers.
 */
export function fill(line: Line, values: Values, doesName: boolean): string | undefined {
  let isWhole = true
  const text = doesName ? line.text : line.text.replace(OPENING, '')
  const filled = text.replaceAll(SLOT, (_match, slot: string) => {
    const value = values[slot.toLowerCase() as Slot]
    if (value === undefined) isWhole = false
    return inCaseOf(slot, value ?? '')
  })
  const content = Content.safeParse(filled)
  return isWhole && content.success ? content.data : undefined
}

function inCaseOf(slot: string, value: string): string {
  if (slot === slot.toLowerCase()) return value
  if (slot === slot.toUpperCase()) return value.toUpperCase()
  return value.replace(/^./u, (first) => first.toUpperCase())
}

/** What a line looks like when it has been said, whatever stood in its slots. */
export function saidPattern({ text }: Line): RegExp {
  const parts = text.replace(OPENING, '').split(/\{(?:author|word|tag|topic|trend)\}/i)
  return new RegExp(`${parts.map((part) => RegExp.escape(part)).join('.*')}$`, 'su')
}

/** A style can be a sentence; then there are no examples, and the persona is silent. */
export function styleOf({ style }: Persona): { examples: readonly string[] } {
  return typeof style === 'object' ? { examples: style.examples ?? [] } : { examples: [] }
}
