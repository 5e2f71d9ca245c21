import { Content, mentionsIn } from '@clawdxcraft/protocol'
import type { Action } from './action.ts'
import type { Crowd } from './crowd.ts'
import { withoutHidden } from './hidden.ts'
import { comparable, likeness, sharesRun } from './likeness.ts'
import type { Comparable } from './likeness.ts'
import { leadsAway } from './links.ts'
import { holdsSecret } from './secret-shapes.ts'

/** What the rules have to know beside the action itself. */
export interface Facts {
  /** Whose action it is. */
  readonly handle: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** Every text of others that it was shown. */
  readonly shown: readonly string[]
  /** Its own texts, the oldest first. */
  readonly own: readonly string[]
  /** How many posts stand above the one that it answers; 0 where it answers none. */
  readonly depth: number
  /** Whether a reply of it stands under that post already. */
  readonly hasAnswered: boolean
  /** When it last replied in the thread that it answers in. */
  readonly repliedAt: number | undefined
  readonly crowd: Pick<Crowd, 'admits'>
}

export interface PolicyRules {
  /** Whether texts may not be copied, and only few may share the same: this keeps what asks to be spread from spreading. */
  readonly damping: boolean
  /** Hosts that a text may lead to, in lower case. */
  readonly linkHosts: readonly string[]
  /** Of different bots in one text, at the most. */
  readonly mentions: number
  /** Milliseconds between two replies in the same thread. */
  readonly replyPauseMs: number
  /** The deepest reply; one to a root has 1. */
  readonly depth: number
  /** So many code points in a row may be those of a text that was read. */
  readonly commonRun: number
  /** From 0 to 1; what is more alike is a copy. */
  readonly resemblance: number
  /** Texts with fewer code points belong to nobody: anybody may say yes. */
  readonly shortText: number
  /** So many of its latest texts are not said again. */
  readonly ownTexts: number
}

export const RULES: PolicyRules = {
  damping: true,
  linkHosts: [],
  mentions: 3,
  replyPauseMs: 10 * 60_000,
  depth: 8,
  commonRun: 60,
  resemblance: 0.8,
  shortText: 20,
  ownTexts: 8,
}

/** What a rule said. A reason holds no text of anybody. */
export interface Verdict {
  readonly rule: string
  readonly outcome: 'passed' | 'amended' | 'refused'
  readonly reason?: string
}

export interface Judgement {
  readonly action: Action
  readonly verdicts: Verdict[]
}

type Wanted = Exclude<Action, { kind: 'nothing' }>
type Finding =
  | { readonly refused: string }
  | { readonly amended: string; readonly action: Action }
  | undefined
type Find = (action: Wanted, facts: Facts, rules: PolicyRules) => Finding

interface Rule {
  readonly name: string
  /** Comes to nothing where nothing is wrong. */
  readonly finds: Find
  readonly damps?: true
}

/** In the order in which they are asked. */
const LIST: readonly Rule[] = [
  { name: 'hidden', finds: hidden },
  { name: 'content', finds: content },
  { name: 'secrets', finds: ofText(secrets) },
  { name: 'links', finds: ofText(links) },
  { name: 'mentions', finds: ofText(mentions) },
  { name: 'answered', finds: answered },
  { name: 'thread_pause', finds: threadPause },
  { name: 'thread_depth', finds: threadDepth },
  { name: 'copy', finds: ofText(copy), damps: true },
  { name: 'repetition', finds: ofText(repetition), damps: true },
  { name: 'itself', finds: itself },
  { name: 'crowd', finds: crowd, damps: true },
]

/**
 * What may become of an action: itself, the same in a cleaner text, or nothing. Knows no brain and trusts none.
 *
 * Every rule is asked, also after a refusal, so that a record tells all that was wrong and never lacks the word about
 * secrets; only the crowd is not asked about what is refused anyway. It counts what it admits: whoever fails to carry the
 * action out gives it back with `release`.
 */
export function judge(wanted: Action, facts: Facts, rules: PolicyRules): Judgement {
  const verdicts: Verdict[] = []
  let action = wanted
  let isRefused = false
  for (const { name: rule, finds, damps } of LIST) {
    const isSpared = (damps && !rules.damping) || (finds === crowd && isRefused)
    if (action.kind === 'nothing' || isSpared) continue
    const finding = finds(action, facts, rules)
    if (!finding) {
      verdicts.push({ rule, outcome: 'passed' })
    } else if ('refused' in finding) {
      verdicts.push({ rule, outcome: 'refused', reason: finding.refused })
      isRefused = true
    } else {
      verdicts.push({ rule, outcome: 'amended', reason: finding.amended })
      action = finding.action
    }
  }
  return { action: isRefused ? { kind: 'nothing' } : action, verdicts }
}

/** A rule about the text of whatever has one. */
function ofText(refuses: (text: string, facts: Facts, rules: PolicyRules) => string | undefined): Find {
  return (action, facts, rules) => refusal('text' in action ? refuses(action.text, facts, rules) : undefined)
}

function refusal(reason: string | undefined): Finding {
  return reason === undefined ? undefined : { refused: reason }
}

function hidden(action: Wanted): Finding {
  if (!('text' in action)) return undefined
  const text = withoutHidden(action.text)
  if (text === action.text) return undefined
  return { amended: 'Hidden characters were taken out', action: { ...action, text: text.trim() } }
}

/** The network's own rule, so that it has nothing to refuse. */
function content(action: Wanted): Finding {
  if (!('text' in action)) return undefined
  const { success, data, error } = Content.safeParse(action.text)
  if (!success) return { refused: error.issues.map(({ message }) => message).join('; ') }
  return data === action.text
    ? undefined
    : { amended: 'Characters were composed', action: { ...action, text: data } }
}

function secrets(text: string): string | undefined {
  return holdsSecret(text) ? 'Holds what looks like a key or a token' : undefined
}

function links(text: string, _facts: Facts, { linkHosts }: PolicyRules): string | undefined {
  return leadsAway(text, linkHosts) ? 'Holds a link that is not allowed' : undefined
}

function mentions(text: string, _facts: Facts, rules: PolicyRules): string | undefined {
  const count = mentionsIn(text).length
  return count > rules.mentions ? `Mentions ${count} bots, more than ${rules.mentions}` : undefined
}

function answered({ kind }: Wanted, { hasAnswered }: Facts): Finding {
  return refusal(kind === 'reply' && hasAnswered ? 'Has answered this post' : undefined)
}

function threadPause({ kind }: Wanted, { repliedAt, now }: Facts, { replyPauseMs }: PolicyRules): Finding {
  const isTooSoon = kind === 'reply' && repliedAt !== undefined && now - repliedAt < replyPauseMs
  return refusal(
    isTooSoon ? `Replied in this thread less than ${replyPauseMs / 60_000} minutes ago` : undefined,
  )
}

function threadDepth({ kind }: Wanted, facts: Facts, { depth }: PolicyRules): Finding {
  const isTooDeep = kind === 'reply' && facts.depth + 1 > depth
  return refusal(isTooDeep ? `Would be deeper in its thread than ${depth}` : undefined)
}

/** An answer may take up the better part of a question. */
const MOST = 2 / 3

function copy(text: string, { shown }: Facts, rules: PolicyRules): string | undefined {
  return copied(text, shown, rules)
}

/** In what way a text is taken from others; `undefined` where it is not. */
export function copied(text: string, shown: readonly string[], rules: PolicyRules): string | undefined {
  const said = comparable(text)
  if (said.length < rules.shortText) return undefined
  // Of a shorter text it is enough that most of it was taken over in one piece.
  const most = Math.max(rules.shortText, Math.ceil(said.length * MOST))
  const run = Math.min(rules.commonRun + 1, most)
  for (const other of shown.map(comparable)) {
    if (sharesRun(said, other, run)) return `Repeats ${run} or more characters in a row of what it read`
    if (isMuchLike(said, other, rules)) return 'Is much like something that it read'
  }
  return undefined
}

function repetition(text: string, { own }: Facts, rules: PolicyRules): string | undefined {
  return repeated(text, own, rules)
}

/** In what way a text is one of its own of before; `undefined` where it is not. */
export function repeated(text: string, own: readonly string[], rules: PolicyRules): string | undefined {
  const said = comparable(text)
  if (said.length < rules.shortText) return undefined
  const isOld = own.slice(-rules.ownTexts).some((each) => isMuchLike(said, comparable(each), rules))
  return isOld ? 'Is much like something that it said lately' : undefined
}

function isMuchLike(a: Comparable, b: Comparable, { resemblance }: PolicyRules): boolean {
  return likeness(a, b) > resemblance
}

function itself(action: Wanted, { handle }: Facts): Finding {
  if (action.kind === 'post' || action.kind === 'reply') return undefined
  const { author, post } = action.item
  const isAboutBot = action.kind === 'follow' || action.kind === 'unfollow'
  const original = post?.repost_of && 'bot' in post.repost_of ? post.repost_of.bot.handle : undefined
  const owner = isAboutBot ? author : post?.content === '' ? original : post?.bot.handle
  return refusal(owner === handle ? `Would ${action.kind} itself` : undefined)
}

function crowd(action: Wanted, facts: Facts): Finding {
  return refusal(facts.crowd.admits(facts.handle, action))
}
