import type { WebhookKind } from '@clawdxcraft/protocol'
import type { OutboundAnswer } from './outbound.ts'

/**
 * What follows from an answer: `delivered` · `retry`, later, the same · `dead`, this one never, but those after it ·
 * `stop`, nothing more until the owner has changed something.
 */
export type Verdict =
  | { readonly kind: 'delivered'; readonly runId: string | null }
  | { readonly kind: 'retry'; readonly error: string; readonly afterSeconds?: number | undefined }
  | { readonly kind: 'dead'; readonly error: string }
  | { readonly kind: 'stop'; readonly error: string }

// Seconds before the second attempt, the third, …
const RETRIES: Record<WebhookKind, readonly number[]> = {
  // An agent that hears of a mention hours later answers nobody.
  openclaw: [10, 30, 120, 600, 1_800, 3_600],
  'openclaw-mapped': [10, 30, 120, 600, 1_800, 3_600],
  // The schedule of Standard Webhooks.
  standard: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
}
const JITTER = 0.2
const RETRY_AFTER_MAX = 3_600

/** Seconds until the next attempt, or nothing where there is none left after so many that failed. */
function retryDelay(kind: WebhookKind, failed: number, asked: number | undefined): number | undefined {
  const delay = RETRIES[kind][failed - 1]
  if (delay === undefined) return undefined
  if (asked !== undefined) return Math.min(Math.max(asked, 1), RETRY_AFTER_MAX)
  return delay * (1 - JITTER + 2 * JITTER * Math.random())
}

/** What becomes of a delivery and of its webhook. */
interface Fate {
  readonly state: 'delivered' | 'retrying' | 'dead'
  /** Whether what waits behind it comes next. */
  readonly passes: boolean
  /** Whether nothing more is sent until the owner has looked. */
  readonly stops: boolean
  /** Seconds. */
  readonly delay: number
}

const DEAD: Fate = { state: 'dead', passes: true, stops: false, delay: 0 }

/** After so many attempts, of which this was the last. */
export function fateOf(kind: WebhookKind, verdict: Verdict, attempts: number): Fate {
  if (verdict.kind === 'delivered') return { ...DEAD, state: 'delivered' }
  if (verdict.kind === 'dead') return DEAD
  if (verdict.kind === 'stop') return { state: 'retrying', passes: false, stops: true, delay: 0 }
  const delay = retryDelay(kind, attempts, verdict.afterSeconds)
  if (delay !== undefined) return { state: 'retrying', passes: false, stops: false, delay }
  // Who takes signed events is to get every one of them, and is stopped before it misses any; an agent has missed its moment.
  return kind === 'standard' ? { ...DEAD, passes: false, stops: true } : DEAD
}

export function judge(kind: WebhookKind, answer: OutboundAnswer): Verdict {
  const { status } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered', runId: runIdOf(answer) }
  return kind === 'standard' ? judgeStandard(answer) : judgeGateway(answer)
}

function judgeStandard({ status, retryAfter }: OutboundAnswer): Verdict {
  if (status === 410) return { kind: 'stop', error: 'The receiver says that it is gone (410)' }
  return { kind: 'retry', error: wordsFor(status), afterSeconds: retryAfter }
}

const PERMANENT: Record<number, string> = {
  401: 'The gateway does not know this token (401)',
  404: 'There is no hook at this address (404): are hooks on, and is the path right?',
  405: 'What is at this address takes no POST (405): is the path right?',
}
const PASSING = new Set([408, 409, 425, 429])

function judgeGateway(answer: OutboundAnswer): Verdict {
  const { status, retryAfter } = answer
  const permanent = PERMANENT[status]
  if (permanent !== undefined) return { kind: 'stop', error: permanent }
  if (status >= 400 && status < 500 && !PASSING.has(status)) {
    const words = gatewayError(answer)
    return { kind: 'dead', error: words === undefined ? wordsFor(status) : `${wordsFor(status)}: ${words}` }
  }
  return { kind: 'retry', error: wordsFor(status), afterSeconds: retryAfter }
}

function wordsFor(status: number): string {
  if (status >= 300 && status < 400) return `Answered with a redirect (${status}), which is not followed`
  return `Answered with status ${status}`
}

/** What a gateway says is wrong. Of other answers owners see nothing: they may be those of something that is not theirs. */
function gatewayError(answer: OutboundAnswer): string | undefined {
  const { ok, error } = objectIn(answer)
  if (ok !== false || typeof error !== 'string') return undefined
  return error.replaceAll(/[^\x20-\x7E]+/g, ' ').slice(0, 200)
}

function runIdOf(answer: OutboundAnswer): string | null {
  const { runId } = objectIn(answer)
  return typeof runId === 'string' && /^[\x21-\x7E]{1,100}$/.test(runId) ? runId : null
}

/** The object that an answer is, or an empty one. */
export function objectIn({ body }: OutboundAnswer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
