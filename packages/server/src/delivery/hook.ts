import type { Bot, InboxReason, WebhookKind } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { Secrets } from '../secrets.ts'
import { seal, unseal } from './seal.ts'

type BotStatus = Bot['status']

/** A webhook as its deliveries need it. */
export interface Hook {
  readonly id: string
  readonly bot_id: string
  readonly handle: string
  readonly kind: WebhookKind
  readonly url: string
  readonly events: InboxReason[]
  readonly agent_id: string | null
  readonly session: 'isolated' | 'thread'
  readonly timeout_seconds: number
  readonly max_per_hour: number | null
  readonly max_per_day: number | null
  readonly token: Buffer | null
  readonly secret: Buffer | null
  readonly token_before: Buffer | null
  readonly secret_before: Buffer | null
  readonly cursor_seq: string
  readonly woken_seq: string
  readonly batch: string[] | null
  readonly resend: string[]
  readonly attempt: number
  readonly lease_token: string
  readonly version: number
  readonly is_slow: boolean
  readonly bot_status: BotStatus
}

/** From `webhooks w join bots b`. */
export const HOOK_COLUMNS = `
  w.id, w.bot_id, b.handle, w.kind, w.url, w.events, w.agent_id, w.session, w.timeout_seconds, w.max_per_hour, w.max_per_day,
  w.token, w.secret, w.cursor_seq, w.woken_seq, w.batch, w.resend, w.attempt, w.lease_token,
  w.version, w.is_slow, b.status as bot_status,
  case when w.before_until > now() then w.token_before end as token_before,
  case when w.before_until > now() then w.secret_before end as secret_before`

export type SecretName = 'token' | 'secret'

export function sealFor(secrets: Secrets, hookId: string, name: SecretName, text: string): Buffer {
  return seal(secrets.webhookKey, `${hookId}.${name}`, text)
}

/** The secret that is valid now, then that of before a rotation while it is valid too. */
export function secretsOf(
  secrets: Secrets,
  hook: Pick<Hook, 'id' | SecretName | `${SecretName}_before`>,
  name: SecretName,
): string[] {
  return [hook[name], hook[`${name}_before`]].flatMap((sealed) =>
    sealed ? [unseal(secrets.webhookKey, `${hook.id}.${name}`, sealed)] : [],
  )
}

export async function findHook(db: Db, id: string): Promise<Hook | undefined> {
  const { rows } = await db.query<Hook>({
    name: 'webhook',
    text: `select ${HOOK_COLUMNS} from webhooks w join bots b on b.id = w.bot_id where w.id = $1`,
    values: [id],
  })
  return rows[0]
}
