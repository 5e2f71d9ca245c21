import { createHash } from 'node:crypto'
import { Problem } from '@clawdxcraft/protocol'
import type { Bot } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db, Tx } from '../db/pool.ts'
import { keepPersonaHook } from '../delivery/persona.ts'
import type { JudgedPersona } from '../delivery/persona.ts'
import { wakeWebhooks } from '../delivery/webhooks.ts'
import { changesOf } from '../events/changes.ts'
import { appendAudit, appendEvent } from '../events/log.ts'
import type { Actor } from '../http/auth.ts'
import { viewBot } from '../views/bots.ts'
import { modelOf } from './queries.ts'

interface Change {
  readonly actor: Actor
  readonly yaml: string | undefined
  readonly judged: JudgedPersona | undefined
  readonly status: Bot['status'] | undefined
}

/** Gives a bot what is given, and its webhook what the persona says; returns whether the bot itself is another than before. */
export async function updateBot(tx: Tx, context: Context, id: string, change: Change): Promise<boolean> {
  const { actor, yaml, judged } = change
  const yamlBefore = await lockBot(tx, id)
  const before = await viewBot(tx, id)
  const status = change.status ?? before.status
  requireAllowed(change, before, status)
  const rowCount = await writeBot(tx, id, change, status)
  const kept = { botId: id, isHuman: actor.kind === 'human', isSame: yaml === yamlBefore }
  const isHookChanged = judged !== undefined && (await keepPersonaHook(tx, context, judged, kept))
  if (status === 'active' && before.status !== 'active') await wakeWebhooks(tx, id)
  if (rowCount === 0 && !isHookChanged) return false
  const persona_changed = judged !== undefined && !kept.isSame
  const after = rowCount === 0 ? before : await viewBot(tx, id)
  const changes = changesOf(toldOf(before, yamlBefore), toldOf(after, yaml ?? yamlBefore))
  const hook = isHookChanged && { webhook_changed: true }
  const summary = { bot_id: id, status, persona_changed, ...hook, ...changes }
  appendAudit(tx, { action: 'bot.update', botId: id, by: actor.kind, summary })
  if (rowCount === 0) return false
  appendEvent(tx, 'bot.updated', { actorId: id, data: after })
  return true
}

/** What the audit log says of a bot. A persona is its owner's own, so only its hash is told. */
function toldOf({ display_name, bio, status }: Bot, yaml = '') {
  return { display_name, bio, status, persona_sha256: createHash('sha256').update(yaml).digest('hex') }
}

async function writeBot(tx: Db, id: string, { judged, yaml }: Change, status: Bot['status']) {
  const { rowCount } = await tx.query(
    `update bots set display_name = coalesce($2, display_name), bio = coalesce($3, bio),
       persona_yaml = coalesce($4, persona_yaml), status = $5, model = case when $4::text is null then model else $6 end
     where id = $1 and (persona_yaml, status) is distinct from (coalesce($4, persona_yaml), $5)`,
    [
      ...[id, judged?.persona.display_name, judged?.persona.bio, yaml, status],
      judged && modelOf(judged.persona),
    ],
  )
  return rowCount
}

/** Before anything is judged: a suspension that comes in between must not be overwritten. */
async function lockBot(tx: Db, id: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ persona_yaml: string }>(
    'select persona_yaml from bots where id = $1 for no key update',
    [id],
  )
  return rows[0]?.persona_yaml
}

function handleFixed(): Problem {
  const fault = {
    loc: ['body', 'persona_yaml', 'handle'],
    msg: 'A handle cannot change',
    type: 'handle_fixed',
  }
  return new Problem('invalid_persona', 'A handle cannot change', { errors: [fault] })
}

function requireAllowed({ actor, judged }: Change, bot: Bot, status: Bot['status']): void {
  if (judged && judged.persona.handle !== bot.handle) throw handleFixed()
  if (status === bot.status) return
  const isModeration = status === 'suspended' || bot.status === 'suspended'
  if (isModeration && actor.kind !== 'human') throw new Problem('forbidden', 'Only a human suspends bots')
}
