import type { Context } from '../context.ts'
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
}

const UNREADABLE = 'The stored secret cannot be read; give it anew, or CLAWDX_SECRET_KEY as it was before'

/** Sends a request once; rejects only where it was cut off. */
export async function send(
  context: Context,
  hook: Hook,
  request: { readonly id: string; readonly body: string },
  cut: AbortSignal,
): Promise<Sent> {
  const [now, before] = signed(context, hook, request)
  if (!now)
    return { verdict: { kind: 'stop', error: UNREADABLE }, attempt: unsent(UNREADABLE), answer: undefined }
  const deadline = performance.now() + timeLimitOf(hook)
  const sent = await once(context, hook, now, { cut, deadline })
  // A gateway that has not been given its new token yet. Both take no longer than one may: the lease would end before.
  const isOld = sent.answer?.status === 401 && before !== undefined && performance.now() < deadline
  return isOld ? once(context, hook, before, { cut, deadline }) : sent
}

/** With the secrets of now, and for a gateway with the token of before a rotation too. */
function signed(
  { secrets }: Context,
  hook: Hook,
  request: { readonly id: string; readonly body: string },
): Outgoing[] {
  try {
    const now = authenticated(secrets, hook, request)
    return hook.token_before ? [now, authenticated(secrets, hook, request, 1)] : [now]
  } catch {
    return []
  }
}

function unsent(error: string): Attempt {
  return { at: new Date().toISOString(), status: null, ms: 0, error }
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
): Promise<Sent> {
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
