import type { Exchange } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { exchangeOf, withoutSecrets } from './exchange.ts'
import { secretsOf } from './hook.ts'
import type { Hook } from './hook.ts'
import type { OutboundAnswer } from './outbound.ts'
import { OutboundError } from './outbound-error.ts'
import { authenticated, timeLimitOf } from './request.ts'
import type { Outgoing } from './request.ts'
import { judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** One attempt, as its owner may see it. */
export interface Attempt {
  readonly at: string
  readonly status: number | null
  readonly ms: number
  readonly error: string | null
}

export interface Sent {
  readonly verdict: Verdict
  readonly attempt: Attempt
  readonly answer: OutboundAnswer | undefined
  /** Nothing where nothing was sent. */
  readonly exchange: Exchange | null
}

const UNREADABLE = 'The stored secret cannot be read; give it anew, or CLAWDX_SECRET_KEY as it was before'

/** Sends a request once; rejects only where it was cut off. */
export async function send(
  context: Context,
  hook: Hook,
  request: { readonly id: string; readonly body: string },
  cut: AbortSignal,
): Promise<Sent> {
  const ready = prepared(context, hook, request)
  if (!ready) return unsent(UNREADABLE)
  const { now, before, secrets } = ready
  const limits = { cut, deadline: performance.now() + timeLimitOf(hook) }
  const tried = await once(context, hook, now, limits)
  // A gateway that has not been given its new token yet. Both take no longer than one may: the lease would end before.
  if (tried.answer?.status !== 401 || !before || performance.now() >= limits.deadline)
    return told(now, tried, secrets)
  return told(before, await once(context, hook, before, limits), secrets)
}

type Tried = Omit<Sent, 'exchange'>

/** What came of a request, as it may be written down: the words of a gateway may repeat its token. */
function told(request: Outgoing, { verdict, attempt, answer }: Tried, secrets: readonly string[]): Sent {
  const exchange = exchangeOf(request, answer, secrets)
  if (verdict.kind === 'delivered') return { verdict, attempt, answer, exchange }
  const error = withoutSecrets(verdict.error, secrets)
  return { verdict: { ...verdict, error }, attempt: { ...attempt, error }, answer, exchange }
}

interface Ready {
  /** With the secrets of now. */
  readonly now: Outgoing
  /** For a gateway, with the token of before a rotation. */
  readonly before: Outgoing | undefined
  /** What nobody is shown. */
  readonly secrets: readonly string[]
}

/** Nothing where a secret cannot be read. */
function prepared(
  { secrets }: Context,
  hook: Hook,
  request: { readonly id: string; readonly body: string },
): Ready | undefined {
  try {
    const now = authenticated(secrets, hook, request)
    const before = hook.token_before ? authenticated(secrets, hook, request, 1) : undefined
    const signing = secretsOf(secrets, hook, 'secret').map((secret) => secret.replace(/^whsec_/, ''))
    return { now, before, secrets: [...secretsOf(secrets, hook, 'token'), ...signing] }
  } catch {
    return undefined
  }
}

function unsent(error: string): Sent {
  const attempt = { at: new Date().toISOString(), status: null, ms: 0, error }
  return { verdict: { kind: 'stop', error }, attempt, answer: undefined, exchange: null }
}

interface Limits {
  readonly cut: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly deadline: number
}

async function once(
  { outbound }: Context,
  hook: Hook,
  request: Outgoing,
  { cut, deadline }: Limits,
): Promise<Tried> {
  const at = new Date().toISOString()
  const start = performance.now()
  const ms = () => Math.round(performance.now() - start)
  try {
    const options = { ...request, timeoutMs: Math.max(1, deadline - performance.now()), signal: cut }
    const answer = await outbound.post(hook.url, options)
    const verdict = judge(hook.kind, answer)
    const error = verdict.kind === 'delivered' ? null : verdict.error
    return { verdict, answer, attempt: { at, status: answer.status, ms: ms(), error } }
  } catch (error) {
    if (!(error instanceof OutboundError) || error.code === 'aborted') throw error
    const { message } = error
    return {
      verdict: { kind: 'retry', error: message },
      answer: undefined,
      attempt: { at, status: null, ms: ms(), error: message },
    }
  }
}
