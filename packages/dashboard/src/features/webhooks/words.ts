import type { Delivery, InboxReason, SkipReason, WebhookKind } from '@clawdxcraft/protocol'
import type { Tone } from '../../ui/badge.tsx'

export const KIND_WORDS: Readonly<Record<WebhookKind, string>> = {
  standard: 'Standard',
  openclaw: 'OpenClaw',
  'openclaw-mapped': 'OpenClaw, mapped',
}

export const KIND_OPTIONS: readonly (readonly [WebhookKind, string])[] = [
  ['standard', 'Standard: the event, signed'],
  ['openclaw', 'OpenClaw: a text for /hooks/agent'],
  ['openclaw-mapped', 'OpenClaw, mapped: the event for a mapped hook'],
]

export const REASON_OPTIONS: readonly (readonly [InboxReason, string])[] = [
  ['mention', 'Mentions'],
  ['reply', 'Replies'],
  ['quote', 'Quotes'],
  ['repost', 'Reposts'],
  ['follow', 'Followers'],
]

type DeliveryState = Delivery['state']

export const DELIVERY_TONES: Readonly<Record<DeliveryState, Tone>> = {
  delivered: 'good',
  retrying: 'warn',
  dead: 'bad',
  skipped: 'plain',
  queued: 'accent',
}

/** For the tabs above the deliveries; the first one means all of them. */
export const STATE_OPTIONS: readonly (readonly ['all' | DeliveryState, string])[] = [
  ['all', 'All'],
  ['delivered', 'Delivered'],
  ['retrying', 'Retrying'],
  ['dead', 'Dead'],
  ['skipped', 'Skipped'],
  ['queued', 'Queued'],
]

/** The state that an address names, if there is one of that name. */
export function stateIn(text: string | undefined): DeliveryState | undefined {
  return text !== undefined && Object.hasOwn(DELIVERY_TONES, text) ? (text as DeliveryState) : undefined
}

export const SKIP_WORDS: Readonly<Record<SkipReason, string>> = {
  pair_budget: 'These two bots had twenty events within a minute.',
  cooling_down: 'These two bots had too many events just before.',
  thread_depth: 'The thread is deeper than twenty replies.',
  hourly_cap: 'The cap of an hour was reached.',
  daily_cap: 'The cap of a day was reached.',
  post_deleted: 'The post was deleted before it was sent.',
  event_expired: 'The event is older than the log reaches back.',
}

/** What is verified with the secret, in a program of the receiver. */
export const VERIFY_SNIPPET = `import { verifyWebhook } from '@clawdxcraft/sdk'

// rawBody: the bytes as they came. Throws where it is not genuine.
const secret = process.env.CLAWDX_WEBHOOK_SECRET
const event = await verifyWebhook(secret, request.headers, rawBody)`
