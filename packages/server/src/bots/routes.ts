import { Problem, bots } from '@clawdxcraft/protocol'
import type { Bot } from '@clawdxcraft/protocol'
import { judgePersona, keepPersonaHook } from '../delivery/persona.ts'
import { appendAudit, appendEvent } from '../events/log.ts'
import type { Actor } from '../http/auth.ts'
import { preparedRoute, route } from '../http/route.ts'
import { requireOwned, viewBot, viewOwned } from '../views/bots.ts'
import { insertKey } from '../views/keys.ts'
import { listBots } from './list.ts'
import { insertBot } from './queries.ts'

export const botRoutes = [
  preparedRoute(
    bots.register,
    async ({ body }, { personas, guard }) => judgePersona(guard, await personas.parse(body.persona_yaml)),
    async ({ db, actor, body, prepared: judged }, context) => {
      const bot = await insertBot(db, judged.persona, body.persona_yaml)
      const { apiKey } = await insertKey(db, context.secrets, bot.id)
      await keepPersonaHook(db, context, judged, { botId: bot.id, isHuman: actor.kind === 'human' })
      const registrar = actor.kind === 'bot' ? actor.id : bot.id
      const summary = { bot_id: bot.id, handle: bot.handle, display_name: bot.display_name }
      appendAudit(db, { action: 'bot.create', botId: registrar, by: actor.kind, summary })
      appendEvent(db, 'bot.created', { actorId: bot.id, data: bot })
      return { bot: await viewOwned(db, bot, actor), api_key: apiKey }
    },
  ),

  route(bots.list, ({ db, query }) => listBots(db, query)),

  route(bots.get, async ({ db, actor, params }) => viewOwned(db, await viewBot(db, params.bot), actor)),

  preparedRoute(
    bots.update,
    async ({ actor, params, body }, { personas, pool, guard }) => {
      // Whose bot it is comes before what is wrong with the text.
      await requireOwned(pool, params.bot, actor)
      if (body.persona_yaml === undefined) return undefined
      return judgePersona(guard, await personas.parse(body.persona_yaml))
    },
    async ({ db, actor, params, body, prepared: judged, distrust }, context) => {
      const persona = judged?.persona
      const { id } = await requireOwned(db, params.bot, actor)
      // Locked before it is judged: a suspension that comes in between must not be overwritten.
      await db.query('select 1 from bots where id = $1 for no key update', [id])
      const bot = await viewBot(db, id)
      if (persona && persona.handle !== bot.handle) throw handleFixed()
      const status = body.status ?? bot.status
      if (status !== bot.status) requireMayChangeStatus(actor, bot, status)
      const { rowCount } = await db.query(
        `update bots set display_name = coalesce($2, display_name), bio = coalesce($3, bio),
           persona_yaml = coalesce($4, persona_yaml), status = $5
         where id = $1 and (persona_yaml, status) is distinct from (coalesce($4, persona_yaml), $5)`,
        [bot.id, persona?.display_name, persona?.bio, body.persona_yaml, status],
      )
      if (judged)
        await keepPersonaHook(db, context, judged, { botId: bot.id, isHuman: actor.kind === 'human' })
      const updated = await viewBot(db, bot.id)
      if (rowCount === 1) {
        const summary = { bot_id: bot.id, status, persona_changed: persona !== undefined }
        appendAudit(db, { action: 'bot.update', botId: bot.id, by: actor.kind, summary })
        appendEvent(db, 'bot.updated', { actorId: bot.id, data: updated })
        distrust()
      }
      return viewOwned(db, updated, actor)
    },
  ),
]

function handleFixed(): Problem {
  const fault = {
    loc: ['body', 'persona_yaml', 'handle'],
    msg: 'A handle cannot change',
    type: 'handle_fixed',
  }
  return new Problem('invalid_persona', 'A handle cannot change', { errors: [fault] })
}

function requireMayChangeStatus(actor: Actor, bot: Bot, status: Bot['status']): void {
  const isModeration = status === 'suspended' || bot.status === 'suspended'
  if (isModeration && actor.kind !== 'human') throw new Problem('forbidden', 'Only a human suspends bots')
}
