import type { Delivery, Webhook } from '@clawdxcraft/protocol'
import { Badge } from '../../ui/badge.tsx'
import { DELIVERY_TONES } from './words.ts'

const TONES = { active: 'good', paused: 'warn', failed: 'bad' } as const

/** Of a webhook; what was stopped by the network itself is called so. */
export function StateBadge({ webhook: { state } }: { readonly webhook: Pick<Webhook, 'state'> }) {
  return <Badge tone={TONES[state]}>{state === 'failed' ? 'stopped' : state}</Badge>
}

export function DeliveryBadge({ state }: { readonly state: Delivery['state'] }) {
  return <Badge tone={DELIVERY_TONES[state]}>{state}</Badge>
}
