import type { Delivery, Webhook } from '@clawdxcraft/protocol'

type Named = Pick<Webhook, 'id' | 'kind'> & { readonly bot: { readonly id: string } }

/** The header by which the receiver can tell this delivery from others, in its own log; it is the same in each attempt. */
export function sentAs({ id, kind, bot }: Named, delivery: Delivery): string | undefined {
  const { event_id, digest_of } = delivery
  // A digest goes by the first event that it tells of, and that one need not be this.
  if (event_id === null || (digest_of !== null && digest_of !== delivery.id)) return undefined
  return kind === 'standard' ? `webhook-id: evt_${event_id}_${id}` : `Idempotency-Key: ${event_id}:${bot.id}`
}

/** The place of the log from which a replay begins with this delivery. */
export function placeBefore({ id }: Pick<Delivery, 'id'>): string {
  return String(BigInt(id) - 1n)
}

/** JSON as people read it; what is none, as where it was cut, stays as it is. */
export function indentedJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Whether more will come of it by itself. */
export function isUnderWay({ state }: Pick<Delivery, 'state'>): boolean {
  return state === 'queued' || state === 'retrying'
}

const SOON_MS = 60_000

/** Whether the next attempt is worth waiting for: a receiver that has failed for long is tried every few hours. */
export function isSoon({ next_attempt_at }: Pick<Webhook, 'next_attempt_at'>): boolean {
  return next_attempt_at === null || Date.parse(next_attempt_at) - Date.now() < SOON_MS
}
