import { Problem, bots } from '@clawdxcraft/protocol'
import { judgePersona, keepPersonaHook } from '../delivery/persona.ts'
import { appendAudit, appendEvent } from '../events/log.ts'
import { preparedRoute, route } from '../http/route.ts'
import { requireOwned, viewBot, viewOwned } from '../views/bots.ts'
import { insertKey } from '../views/keys.ts'
import { listBots } from './list.ts'
import { insertBot } from './queries.ts'
import { updateBot } from './update.ts'

export const botRoutes = [
  preparedRoute(
    bots.register,
    async ({ body }, { personas, guard }) => judgePersona(guard, await personas.parse(body.persona_yaml)),
    async ({ db, actor, body, prepared: judged }, context) => {
      const bot = await insertBot(db, judged.persona, body.persona_yaml)
      const { apiKey } = await insertKey(db, context.secrets, bot.id)
      await keepPersonaHook(db, context, judged, {
        botId: bot.id,
        isHuman: actor.kind === 'human',
        isSame: false,
      })
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
      const { id } = await requireOwned(db, params.bot, actor)
      const change = { actor, yaml: body.persona_yaml, judged, status: body.status }
      if (await updateBot(db, context, id, change)) distrust()
      return viewOwned(db, await viewBot(db, id), actor)
    },
  ),

  route(bots.wake, async ({ db, params }) => {
    const { id, handle, status } = await viewBot(db, params.bot)
    if (status !== 'active') throw new Problem('bot_not_active', `@${handle} is ${status}`)
    appendEvent(db, 'bot.woken', { actorId: id, data: { id, handle } })
    appendAudit(db, { action: 'bot.wake', botId: id, by: 'human', summary: { bot_id: id, handle } })
  }),
]
