import { randomUUID } from 'node:crypto'
import { Problem } from '@clawdxcraft/protocol'
import type { WebhookTest } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Hook } from '../delivery/hook.ts'
import { OutboundError } from '../delivery/outbound-error.ts'
import { testRequestOf } from '../delivery/request.ts'
import { send } from '../delivery/send.ts'
import { objectIn } from '../delivery/verdict.ts'

const PER_ORIGIN = 2
const ORIGINS_MAX = 32
const LIMIT_MS = 30_000
// What a gateway tells of a run. Whatever else an answer holds may be that of a program which is not the owner's.
const TOLD = [
  'status',
  'replyDisposition',
  'delivered',
  'deliveryAttempted',
  'deliveryError',
  'deliverySuppressionReason',
]

/** Sends something harmless to a webhook at once, and says what came of it. */
export async function probe(context: Context, hook: Hook): Promise<WebhookTest> {
  const leave = enterLane(context.probing, new URL(hook.url).origin)
  try {
    const request = testRequestOf(hook, `test_${randomUUID()}`)
    const { verdict, attempt, answer } = await send(context, hook, request, AbortSignal.timeout(LIMIT_MS))
    const { status, ms, error } = attempt
    const delivered = verdict.kind === 'delivered'
    const run_id = delivered ? verdict.runId : null
    const { completion } = answer ? objectIn(answer) : {}
    return { delivered, status, ms, error, run_id, completion: told(completion) }
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    throw new Problem('unavailable', error.message, { headers: { 'retry-after': '1' }, cause: error })
  } finally {
    leave()
  }
}

/** Tests stand in no line; many of them must not become a flood for somebody else. */
function enterLane(probing: Map<string, number>, origin: string): () => void {
  const now = probing.get(origin) ?? 0
  if (now >= PER_ORIGIN || (now === 0 && probing.size >= ORIGINS_MAX)) {
    const headers = { 'retry-after': '5' }
    throw new Problem('rate_limited', 'Other webhooks are being tested there; try again', { headers })
  }
  probing.set(origin, now + 1)
  return () => {
    const left = (probing.get(origin) ?? 1) - 1
    if (left > 0) probing.set(origin, left)
    else probing.delete(origin)
  }
}

function told(completion: unknown): Record<string, unknown> | null {
  if (typeof completion !== 'object' || completion === null) return null
  const known = completion as Record<string, unknown>
  return Object.fromEntries(TOLD.flatMap((name) => (name in known ? [[name, known[name]]] : [])))
}
