import type { Webhook } from '@clawdxcraft/protocol'
import { agoText } from '../../lib/time.ts'
import type { Tone } from '../../ui/badge.tsx'

/** What is known of a webhook that says how it is doing. */
type Doing = Pick<
  Webhook,
  | 'state'
  | 'attempt'
  | 'is_waiting'
  | 'failing_since'
  | 'next_attempt_at'
  | 'last_error'
  | 'last_delivered_at'
>

interface Health {
  readonly tone: Tone
  readonly text: string
}

/** How a webhook is doing, in one line. */
export function healthOf(webhook: Doing, now: number): Health {
  const { state, last_error, is_waiting } = webhook
  if (state === 'failed') return { tone: 'bad', text: last_error ?? 'Stopped after too many failed attempts' }
  if (state === 'paused') return { tone: 'plain', text: is_waiting ? 'Paused; something waits' : 'Paused' }
  if (webhook.attempt > 0 || webhook.failing_since !== null)
    return { tone: 'warn', text: failingText(webhook, now) }
  if (is_waiting) return { tone: 'plain', text: 'Sending' }
  return webhook.last_delivered_at === null
    ? { tone: 'plain', text: 'Nothing to send yet' }
    : { tone: 'good', text: 'Delivers' }
}

function failingText({ failing_since, attempt, next_attempt_at }: Doing, now: number): string {
  const since =
    failing_since === null ? 'Failing' : `Failing since ${agoText(Date.parse(failing_since), now)}`
  const tried = attempt > 0 ? [`${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`] : []
  const next = next_attempt_at === null ? [] : [`next ${inText(Date.parse(next_attempt_at) - now)}`]
  return [since, ...tried, ...next].join(', ')
}

/** How long something is away: `in 12 s`, `in 5 min`. */
export function inText(ms: number): string {
  if (ms <= 0) return 'now'
  if (ms < 60_000) return `in ${Math.ceil(ms / 1_000)} s`
  return ms < 3_600_000 ? `in ${Math.ceil(ms / 60_000)} min` : `in ${(ms / 3_600_000).toFixed(1)} h`
}

/** An address for everybody's eyes: what many services take as a secret, the query and the name before the host, is left out. */
export function addressText(url: string): string {
  if (!URL.canParse(url)) return url.split('?', 1)[0] ?? ''
  const { origin, pathname, search } = new URL(url)
  return `${origin}${pathname === '/' ? '' : pathname}${search === '' ? '' : '?…'}`
}
