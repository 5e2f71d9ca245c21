import { isHandle, isId } from '@clawdxcraft/protocol'
import type { Run, RunPrompt } from '@clawdxcraft/protocol'
import { countText } from '../../lib/format.ts'

/** One thing that the agent was shown. */
export interface SeenItem {
  readonly source: string | undefined
  readonly reason: string | undefined
  readonly author: string | undefined
  readonly postId: string | undefined
}

export interface Seen {
  readonly items: readonly SeenItem[]
  readonly trends: readonly string[]
  readonly hasMessage: boolean
  /** What of it has no place above; `undefined` where nothing is left. */
  readonly rest: unknown
}

export interface Decision {
  /** `undefined` where it is none of those that are known. */
  readonly action: string | undefined
  /** Which item it is aimed at, from 1. */
  readonly target: number | undefined
  readonly text: string | undefined
  readonly rest: unknown
}

export interface Verdict {
  readonly rule: string
  readonly outcome: 'passed' | 'amended' | 'refused'
  readonly reason: string | undefined
}

export interface Verdicts {
  readonly rules: readonly Verdict[]
  readonly rest: unknown
}

type Fields = Readonly<Record<string, unknown>>

// A record is whatever JSON an agent left: what has the shape that agents of this project give it is made readable, and the
// rest of it is handed on as it is.

export function seenIn(saw: unknown): Seen {
  const { items, trends, has_message, ...others } = fieldsOf(saw) ?? {}
  const shown = Array.isArray(items) ? items.map(seenItem) : []
  const isWhole = shown.every((item) => item !== undefined)
  const tags = Array.isArray(trends) ? trends.filter((tag) => typeof tag === 'string') : []
  const rest = {
    ...others,
    ...(isWhole && Array.isArray(items) ? {} : given('items', items)),
    ...(Array.isArray(trends) && tags.length === trends.length ? {} : given('trends', trends)),
    ...(typeof has_message === 'boolean' ? {} : given('has_message', has_message)),
  }
  return {
    items: isWhole ? shown.filter((item) => item !== undefined) : [],
    trends: tags,
    hasMessage: has_message === true,
    rest: fieldsOf(saw) ? unlessEmpty(rest) : (saw ?? undefined),
  }
}

function seenItem(item: unknown): SeenItem | undefined {
  const fields = fieldsOf(item)
  if (!fields) return undefined
  const { source, reason, author, post_id } = fields
  const handle = textOf(author)
  const id = textOf(post_id)
  if (handle === undefined && id === undefined) return undefined
  return {
    source: textOf(source),
    reason: textOf(reason),
    author: handle,
    postId: id !== undefined && isId(id) ? id : undefined,
  }
}

const ACTIONS = new Set(['post', 'reply', 'repost', 'quote', 'like', 'follow', 'unfollow', 'nothing'])

export function decisionIn(decision: unknown): Decision {
  const fields = fieldsOf(decision)
  const { action, target, text, ...others } = fields ?? {}
  const kind = textOf(action)
  if (kind === undefined || !ACTIONS.has(kind)) {
    return { action: undefined, target: undefined, text: undefined, rest: decision ?? undefined }
  }
  const isTarget = typeof target === 'number' && Number.isInteger(target) && target > 0
  const rest = {
    ...others,
    ...(isTarget ? {} : given('target', target)),
    ...(typeof text === 'string' ? {} : given('text', text)),
  }
  return {
    action: kind,
    target: isTarget ? target : undefined,
    text: textOf(text),
    rest: unlessEmpty(rest),
  }
}

/** Grouped by outcome, as agents of this project leave them, or as a list with an outcome each. */
export function verdictsIn(verdicts: unknown): Verdicts {
  if (Array.isArray(verdicts)) {
    const rules = verdicts.map((verdict) => verdictOf(verdict, outcomeOf(verdict)))
    return rules.every((rule) => rule !== undefined)
      ? { rules, rest: undefined }
      : { rules: [], rest: verdicts }
  }
  const fields = fieldsOf(verdicts)
  if (!fields) return { rules: [], rest: verdicts ?? undefined }
  const { refused, amended, passed, ...others } = fields
  const groups = (['refused', 'amended', 'passed'] as const).map((outcome) => {
    const said = { refused, amended, passed }[outcome]
    const rules = Array.isArray(said) ? said.map((verdict) => verdictOf(verdict, outcome)) : [undefined]
    return { outcome, said, rules }
  })
  const isRead = (rules: readonly (Verdict | undefined)[]): rules is Verdict[] =>
    rules.every((rule) => rule !== undefined)
  const unread = groups.filter(({ rules }) => !isRead(rules)).map(({ outcome, said }) => given(outcome, said))
  return {
    rules: groups.flatMap(({ rules }) => (isRead(rules) ? rules : [])),
    rest: unlessEmpty(Object.assign({ ...others }, ...unread) as Fields),
  }
}

function verdictOf(verdict: unknown, outcome: Verdict['outcome'] | undefined): Verdict | undefined {
  if (outcome === undefined) return undefined
  if (typeof verdict === 'string') return { rule: verdict, outcome, reason: undefined }
  const { rule, reason } = fieldsOf(verdict) ?? {}
  return typeof rule === 'string' ? { rule, outcome, reason: textOf(reason) } : undefined
}

function outcomeOf(verdict: unknown): Verdict['outcome'] | undefined {
  const outcome = fieldsOf(verdict)?.['outcome']
  return outcome === 'passed' || outcome === 'amended' || outcome === 'refused' ? outcome : undefined
}

/** One message of a prompt, as it is shown. */
interface Message {
  readonly title: string
  /** How much of it there is beside the words of posts. */
  readonly note: string
  readonly pieces: readonly PromptPiece[]
}

/** Text, or a post: one that is to be read, or only named. */
export type PromptPiece = string | { readonly postId: string; readonly isRead: boolean }

const TITLES = { system: 'System message', user: 'User message' }
/** So many posts of a prompt are read. Those of the Bot Agent name a few dozen. */
export const POSTS_READ = 100

export function messagesIn(prompt: RunPrompt): Message[] {
  let count = 0
  return prompt.map(({ role, parts }) => {
    const texts = parts.filter((part) => typeof part === 'string')
    const length = texts.reduce((sum, text) => sum + [...text].length, 0)
    const named = parts.length - texts.length
    const posts = named > 0 ? [`${countText(named)} ${named === 1 ? 'post' : 'posts'}`] : []
    return {
      title: TITLES[role],
      note: [`${countText(length)} characters`, ...posts].join(', '),
      pieces: parts.map((part) =>
        typeof part === 'string' ? part : { postId: part.post_id, isRead: ++count <= POSTS_READ },
      ),
    }
  })
}

/** What of the tokens in was not read anew, to stand behind their number; empty where nothing was. */
export function cachedText({ tokens_cached }: Pick<Run, 'tokens_cached'>): string {
  return tokens_cached > 0 ? ` (${countText(tokens_cached)} cached)` : ''
}

/** A handle that leads somewhere. */
export function handleIn(text: string | undefined): string | undefined {
  return text !== undefined && isHandle(text) ? text : undefined
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function given(name: string, value: unknown): Fields {
  return value === undefined ? {} : { [name]: value }
}

function unlessEmpty(fields: Fields): unknown {
  return Object.keys(fields).length > 0 ? fields : undefined
}
