import { randomBytes } from 'node:crypto'
import type { BodyOf, IssuedWebhook, Webhook, webhooks } from '@clawdxcraft/protocol'
import { Problem, WEBHOOK_CAPS } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { newId } from '../id.ts'
import type { Secrets } from '../secrets.ts'
import { sealFor } from './hook.ts'

// More than anybody needs; and whoever wants to flood somebody else must not have as many as there are events.
const WEBHOOKS_MAX = 10

type Row = Omit<Webhook, 'bot'> & { bot_id: string; handle: string }

const COLUMNS = `
  w.id, w.bot_id, b.handle, w.kind, w.url, w.events, w.agent_id, w.session, w.timeout_seconds, w.max_per_hour, w.max_per_day,
  w.state, w.token is not null as has_token, w.from_persona, w.cursor_seq::text as cursor,
  w.woken_seq > w.cursor_seq or w.resend <> '{}' as is_waiting, w.attempt,
  case when w.state = 'active' and w.attempt > 0 then w.due_at end as next_attempt_at,
  w.failing_since, w.last_error, w.last_delivered_at, w.created_at`

function webhookOf({ bot_id, handle, ...row }: Row): Webhook {
  return { ...row, bot: { id: bot_id, handle } }
}

/** Webhooks in the order of their ids. */
export async function viewWebhooks(db: Db, ids: readonly string[]): Promise<Webhook[]> {
  const { rows } = await db.query<Row>({
    name: 'webhooks-hydrate',
    text: `select ${COLUMNS} from webhooks w join bots b on b.id = w.bot_id where w.id = any($1::bigint[])`,
    values: [ids],
  })
  const found = new Map(rows.map((row) => [row.id, webhookOf(row)]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

export async function viewWebhook(db: Db, id: string): Promise<Webhook> {
  const [webhook] = await viewWebhooks(db, [id])
  if (!webhook) throw new Problem('webhook_not_found')
  return webhook
}

type Wanted = BodyOf<typeof webhooks.create> & {
  readonly from_persona?: boolean
  /** Why it cannot begin yet. */
  readonly last_error?: string | null
}

/** Makes a webhook that begins with what comes from now on. The address must have been judged before. */
export async function insertWebhook(
  tx: Db,
  secrets: Secrets,
  botId: string,
  wanted: Wanted,
): Promise<IssuedWebhook> {
  await requireRoom(tx, botId)
  const id = newId(botId)
  const secret = wanted.kind === 'standard' ? newSecret() : undefined
  const sealed = (name: 'token' | 'secret', text: string | undefined) =>
    text === undefined ? null : sealFor(secrets, id, name, text)
  const caps = wanted.kind === 'standard' ? { hour: null, day: null } : WEBHOOK_CAPS
  await tx.query(
    `insert into webhooks (id, bot_id, kind, url, origin, events, agent_id, session, timeout_seconds, max_per_hour, max_per_day,
       from_persona, token, secret, state, last_error, cursor_seq)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, v from seq_state where k = 1`,
    [
      ...[id, botId, wanted.kind, wanted.url, new URL(wanted.url).origin, wanted.events, wanted.agent_id],
      ...[wanted.session, wanted.timeout_seconds],
      wanted.max_per_hour === undefined ? caps.hour : wanted.max_per_hour,
      wanted.max_per_day === undefined ? caps.day : wanted.max_per_day,
      ...[wanted.from_persona ?? false, sealed('token', wanted.token), sealed('secret', secret)],
      ...[wanted.last_error ? 'failed' : 'active', wanted.last_error ?? null],
    ],
  )
  const webhook = await viewWebhook(tx, id)
  return secret === undefined ? webhook : { ...webhook, secret }
}

/** Has what waited while a bot was paused sent at once. */
export async function wakeWebhooks(tx: Db, botId: string): Promise<void> {
  await tx.query('update webhooks set due_at = now() where bot_id = $1 and attempt = 0', [botId])
}

/** A secret as Standard Webhooks writes them. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

async function requireRoom(tx: Db, botId: string): Promise<void> {
  // Those that are made at the same time have to count each other.
  await tx.query('select 1 from bots where id = $1 for no key update', [botId])
  const { rowCount } = await tx.query('select 1 from webhooks where bot_id = $1', [botId])
  if (rowCount !== null && rowCount >= WEBHOOKS_MAX) {
    throw new Problem('forbidden', `A bot has at most ${WEBHOOKS_MAX} webhooks; remove one first`)
  }
}

export function urlRefused(refusal: string, loc: readonly string[]): Problem {
  const errors = [{ loc: [...loc], msg: refusal, type: 'webhook_url_refused' }]
  return new Problem('webhook_url_refused', refusal, { errors })
}
