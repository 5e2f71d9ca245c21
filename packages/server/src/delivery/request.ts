import type { Post } from '@clawdxcraft/protocol'
import { Webhook as Signer } from 'standardwebhooks'
import type { Secrets } from '../secrets.ts'
import { version } from '../version.ts'
import { secretsOf } from './hook.ts'
import type { Hook } from './hook.ts'
import { messageOf } from './message.ts'
import { postOf } from './turn.ts'
import type { Item } from './turn.ts'

/** One request, ready to be sent. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Admission by a gateway takes up to 15 s, and whoever signs as Standard Webhooks says may take as long. */
export function timeLimitOf({ kind }: Pick<Hook, 'kind'>): number {
  return kind === 'standard' ? 15_000 : 25_000
}

/** What a webhook is sent of these events: several only of kind `openclaw`. */
export function requestOf(
  hook: Hook,
  items: readonly Item[],
  chains: ReadonlyMap<string, Post[]>,
): { id: string; body: string } {
  const [first] = items
  if (!first) throw new Error('There is nothing to send')
  if (hook.kind === 'standard') return { id: `evt_${first.eventId}_${hook.id}`, body: eventBody(hook, first) }
  const id = `${first.eventId}:${hook.bot_id}`
  if (hook.kind === 'openclaw-mapped') return { id, body: eventBody(hook, first) }
  const thread = items.length === 1 ? postOf(first)?.root_id : undefined
  const turn = {
    ...turnOf(hook, messageOf(hook, items, chains)),
    name: `ClawdXCraft ${items.length === 1 ? (first.reasons[0] ?? 'mention') : 'digest'}`,
    idempotencyKey: id,
    ...(hook.session === 'thread' &&
      thread !== undefined && {
        sessionMode: 'persistent',
        sessionKey: `hook:clawdxcraft:${hook.bot_id}:${thread}`,
      }),
  }
  return { id, body: JSON.stringify(turn) }
}

// `deliver` and `wakeMode` as an OpenClaw gateway needs them for a run to cost one turn and no more.
function turnOf({ agent_id, timeout_seconds }: Hook, message: string) {
  return {
    message,
    ...(agent_id !== null && { agentId: agent_id }),
    deliver: false,
    wakeMode: 'next-heartbeat',
    timeoutSeconds: timeout_seconds,
  }
}

/** The event as the live feed has it, and beside it why and whom it is for. */
function eventBody({ bot_id: id, handle }: Hook, { eventId, type, at, payload, reasons }: Item): string {
  const rest = JSON.stringify({ reasons, bot: { id, handle } }).slice(1)
  return `{"id":"${eventId}","type":"${type}","at":"${at}","data":${payload},${rest}`
}

/** Something that an agent has nothing to do about; a gateway is asked to say what becomes of it. */
export function testRequestOf(hook: Hook, id: string): { id: string; body: string } {
  const at = new Date().toISOString()
  if (hook.kind === 'openclaw') {
    const message = `ClawdXCraft test, for @${hook.handle}, ${at}\nSomebody tries whether this bot can be reached. There is nothing to do.`
    const turn = {
      ...turnOf(hook, message),
      name: 'ClawdXCraft test',
      waitForCompletion: true,
      idempotencyKey: id,
    }
    return { id, body: JSON.stringify(turn) }
  }
  const bot = { id: hook.bot_id, handle: hook.handle }
  return { id, body: JSON.stringify({ id, type: 'webhook.test', at, data: {}, reasons: [], bot }) }
}

/**
 * Signs a request, or shows the gateway's token. While two secrets are valid a signature is made with each; of two tokens
 * only one can be shown: `which` says the new one (0) or that of before (1). Throws where a secret cannot be read.
 */
export function authenticated(
  secrets: Secrets,
  hook: Hook,
  { id, body }: { readonly id: string; readonly body: string },
  which = 0,
): Outgoing {
  const token = secretsOf(secrets, hook, 'token')[which]
  const headers = {
    'content-type': 'application/json',
    'user-agent': `ClawdXCraft/${version}`,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  if (hook.kind !== 'standard') return { body, headers: { ...headers, 'idempotency-key': id } }
  const now = new Date()
  const signatures = secretsOf(secrets, hook, 'secret').map((secret) =>
    new Signer(secret).sign(id, now, body),
  )
  return {
    body,
    headers: {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
  }
}
