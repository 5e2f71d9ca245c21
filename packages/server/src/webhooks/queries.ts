import type { BodyOf, webhooks } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { sealFor } from '../delivery/hook.ts'
import type { Secrets } from '../secrets.ts'

type Changes = BodyOf<typeof webhooks.update>

// What was learnt of the old address, token or pause says nothing about the new one, nor does what is still to be learnt.
const FORGETS = `attempt = 0, due_at = now(), failing_since = null, last_error = null, is_slow = false, version = version + 1`
const BEGINS_ANEW = `${FORGETS}, state = case state when 'failed' then 'active' else state end`

/** Changes what is given. Anything that may mend a webhook that had failed is tried at once. */
export async function changeWebhook(
  tx: Db,
  secrets: Secrets,
  id: string,
  { token, url, state, ...plain }: Changes,
): Promise<void> {
  const changes: Record<string, unknown> = { ...plain }
  if (url !== undefined) Object.assign(changes, { url, origin: new URL(url).origin })
  if (token !== undefined) changes['token'] = sealFor(secrets, id, 'token', token)
  if (state !== undefined) changes['state'] = state
  const names = Object.keys(changes)
  const sets = names.map((name, index) => `${name} = $${index + 2}`)
  if (url !== undefined) sets.push(...tokenStays(names.indexOf('origin') + 2, token !== undefined))
  const isMended = [url, token, plain.agent_id, plain.events, plain.session].some(
    (given) => given !== undefined,
  )
  if (state === 'active') sets.push(FORGETS)
  else if (isMended) sets.push(state === undefined ? BEGINS_ANEW : FORGETS)
  await tx.query(`update webhooks set ${sets.join(', ')} where id = $1`, [id, ...Object.values(changes)])
}

/** A token is for its address: whoever may change that must not have it sent to another. */
function tokenStays(origin: number, isGiven: boolean): string[] {
  const names = isGiven ? ['token_before'] : ['token', 'token_before']
  return names.map((name) => `${name} = case when origin = $${origin} then ${name} end`)
}

interface NewSecrets {
  readonly token: string | undefined
  readonly secret: string | undefined
  readonly graceSeconds: number
}

/** What was valid stays valid for the time of grace; what was valid before that no longer is. */
export async function replaceSecret(
  tx: Db,
  secrets: Secrets,
  id: string,
  { token, secret, graceSeconds }: NewSecrets,
): Promise<void> {
  const sealed = (name: 'token' | 'secret', text: string | undefined) =>
    text === undefined ? null : sealFor(secrets, id, name, text)
  await tx.query(
    `update webhooks set
       token_before = case when $2::bytea is null then null else token end, token = coalesce($2, token),
       secret_before = case when $3::bytea is null then null else secret end, secret = coalesce($3, secret),
       before_until = now() + make_interval(secs => $4), ${BEGINS_ANEW}
     where id = $1`,
    [id, sealed('token', token), sealed('secret', secret), graceSeconds],
  )
}

/** Goes on after a place of the log, which may be before what was sent already. */
export async function moveCursor(tx: Db, id: string, since: string): Promise<void> {
  const { rowCount } = await tx.query(
    `update webhooks w
     set cursor_seq = $2, batch = null, ${BEGINS_ANEW},
         woken_seq = greatest(woken_seq, (select max(seq) from inbox i where i.bot_id = w.bot_id))
     from seq_state s where w.id = $1 and s.k = 1 and s.v >= $2`,
    [id, since],
  )
  if (rowCount === 0)
    throw new Problem('future_cursor', 'The log has not come to that place, or the webhook is gone')
}
