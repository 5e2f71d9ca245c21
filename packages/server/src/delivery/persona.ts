import type { Persona } from '@clawdxcraft/protocol'
import { WEBHOOK_CAPS } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import type { Secrets } from '../secrets.ts'
import type { Guard } from './guard.ts'
import { sealFor } from './hook.ts'
import { insertWebhook, urlRefused } from './webhooks.ts'

/** A persona whose agent's address was judged: as it will be called. */
export interface JudgedPersona {
  readonly persona: Persona
  readonly hookUrl: string | undefined
}

/** Throws where the persona's agent is at an address that is not called from here. */
export async function judgePersona(guard: Guard, persona: Persona): Promise<JudgedPersona> {
  if (!persona.openclaw) return { persona, hookUrl: undefined }
  const judgement = await guard.look(persona.openclaw.url)
  if ('refusal' in judgement) throw urlRefused(judgement.refusal, ['body', 'persona_yaml', 'openclaw', 'url'])
  return { persona, hookUrl: judgement.url.href }
}

interface Kept {
  readonly botId: string
  /**
   * Whether the token may be read from our environment, which is the operator's: a bot that could name any variable and any
   * address would be sent what is in it.
   */
  readonly isHuman: boolean
  /** Whether the persona is what it was: then what its owner has changed since stands, but for a token that is found now. */
  readonly isSame: boolean
}

/** Makes, changes or removes the webhook of a persona, as the persona says now; returns whether that changed anything. */
export async function keepPersonaHook(
  tx: Db,
  context: Context,
  { persona: { openclaw }, hookUrl }: JudgedPersona,
  { botId, isHuman, isSame }: Kept,
): Promise<boolean> {
  const { rows } = await tx.query<Known>(
    'select id, origin, token from webhooks where bot_id = $1 and from_persona for update',
    [botId],
  )
  const [known] = rows
  if (!openclaw || hookUrl === undefined) {
    if (known) await tx.query('delete from webhooks where id = $1', [known.id])
    return known !== undefined
  }
  const { token_env: name, agent_id = null, ...rest } = openclaw
  const token = tokenOf(context, isHuman ? name : undefined)
  const wanted = { ...rest, url: hookUrl, agent_id, token, last_error: missing(name, token, known, hookUrl) }
  if (!known) {
    await insertWebhook(tx, context.secrets, botId, { ...wanted, kind: 'openclaw', from_persona: true })
    return true
  }
  const isTokenFound = token !== undefined && known.token === null
  if (isSame && !isTokenFound) return false
  await changeHook(tx, context.secrets, known.id, wanted)
  return true
}

function tokenOf({ config }: Context, name: string | undefined): string | undefined {
  return name === undefined ? undefined : config.hookTokens[name]
}

/** What the owner is told where a token is named and there is none. */
function missing(
  name: string | undefined,
  token: string | undefined,
  known: Known | undefined,
  url: string,
): string | null {
  if (name === undefined || token !== undefined || keepsToken(known, url)) return null
  return `The gateway's token is missing: change the webhook with it, or set ${name} where the server runs and let a human give the persona again`
}

interface Known {
  readonly id: string
  readonly origin: string
  readonly token: Buffer | null
}

/** A token is for its address. */
function keepsToken(known: Known | undefined, url: string): boolean {
  return known !== undefined && known.token !== null && known.origin === new URL(url).origin
}

type Changed = Omit<NonNullable<Persona['openclaw']>, 'token_env' | 'agent_id'> & {
  readonly agent_id: string | null
  readonly token: string | undefined
  readonly last_error: string | null
}

async function changeHook(tx: Db, secrets: Secrets, id: string, changed: Changed): Promise<void> {
  const { url, events, agent_id, session, timeout_seconds, max_per_hour, token, last_error } = changed
  const sealed = token === undefined ? null : sealFor(secrets, id, 'token', token)
  await tx.query(
    `update webhooks set url = $2, origin = $3, events = $4, agent_id = $5, session = $6, timeout_seconds = $7, max_per_hour = $8,
       token = coalesce($9, case when origin = $3 then token end),
       token_before = case when $9::bytea is null and origin = $3 then token_before end,
       state = $10, last_error = $11, attempt = 0, due_at = now(), failing_since = null, is_slow = false, version = version + 1
     where id = $1`,
    [
      ...[id, url, new URL(url).origin, events, agent_id, session, timeout_seconds],
      ...[max_per_hour ?? WEBHOOK_CAPS.hour, sealed, last_error === null ? 'active' : 'failed', last_error],
    ],
  )
}
