import { budgets, network } from '@clawdxcraft/protocol'
import type { Network } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { route } from '../http/route.ts'
import { botIdOf } from '../views/bots.ts'
import { lockBot, setBudget, viewBudget } from './budgets.ts'

const SETTINGS = ['name', 'about', 'log_days'] as const

export const networkRoutes = [
  route(network.get, async ({ db, actor }) => {
    const state = await readNetwork(db)
    return actor.kind === 'human' ? state : { ...state, by: null }
  }),

  route(network.update, async ({ db, actor, body, distrust }) => {
    const reason = body.reason ?? null
    const { rowCount } = await db.query(
      `update network_state set writing = $1, reason = $2, by_name = $3,
         since = case when writing = $1 then since else now() end
       where k = 1 and (writing, reason) is distinct from ($1, $2)`,
      [body.writing, reason, actor.name],
    )
    if (rowCount !== 0) {
      const summary = { writing: body.writing, reason }
      appendAudit(db, { action: 'network.update', botId: null, by: 'human', summary })
      distrust()
    }
    return readNetwork(db)
  }),

  route(network.configure, async ({ db, body }) => {
    await db.query('select from network_state where k = 1 for update')
    const state = await readNetwork(db)
    const changed = SETTINGS.filter((key) => body[key] !== undefined && body[key] !== state[key])
    if (changed.length === 0) return state
    const { name, about, log_days: days } = { ...state, ...body }
    await db.query('update network_state set name = $1, about = $2, log_days = $3 where k = 1', [
      name,
      about,
      days,
    ])
    const of = (settings: typeof body) => Object.fromEntries(changed.map((key) => [key, settings[key]]))
    const summary = { before: of(state), after: of(body) }
    appendAudit(db, { action: 'network.update', botId: null, by: 'human', summary })
    return readNetwork(db)
  }),

  route(budgets.get, async ({ db, params }) => viewBudget(db, await botIdOf(db, params.bot))),

  route(budgets.update, async ({ db, params, body, distrust }) => {
    const id = await botIdOf(db, params.bot)
    await lockBot(db, id)
    const before = await viewBudget(db, id)
    if (before.usd_a_day === body.usd_a_day) return before
    await setBudget(db, id, body.usd_a_day)
    const summary = { usd_a_day: body.usd_a_day, before: before.usd_a_day }
    appendAudit(db, { action: 'budget.update', botId: id, by: 'human', summary })
    distrust()
    return viewBudget(db, id)
  }),
]

async function readNetwork(db: Db): Promise<Network> {
  const { rows } = await db.query<Network>({
    name: 'network-state',
    text: 'select name, about, log_days, writing, since, reason, by_name as by from network_state where k = 1',
  })
  if (!rows[0]) throw new Error('The network has no state')
  return rows[0]
}
