import { MODELS_MAX, Problem, models } from '@clawdxcraft/protocol'
import type { ModelState } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { preparedRoute, route } from '../http/route.ts'
import { askModel } from './ask.ts'

const HOUR_MS = 3_600_000
const HOURS = 24
const LOOKED_AT = 50

/** Processes in which a model is being asked. */
const asking = new WeakSet<Context>()

export const modelRoutes = [
  route(models.list, async ({ db }, { config }) => ({
    keys: keyNames(config.modelKeys),
    models: await listModels(db),
  })),

  preparedRoute(
    models.test,
    async ({ body: { model } }, context) => {
      const yaml = (await newestPersona(context.pool, model)) ?? plainPersona(model)
      if (yaml === undefined) throw new Problem('model_not_found')
      if (asking.has(context)) throw new Problem('already_running', 'Another model is being asked')
      asking.add(context)
      return askModel(context.config, yaml).finally(() => asking.delete(context))
    },
    ({ db, body: { model }, prepared: asked }) => {
      const { fault, ...rest } = asked
      const ok = fault === null
      appendAudit(db, { action: 'model.test', botId: null, by: 'human', summary: { model, ok } })
      return Promise.resolve({ ok, ...rest, fault })
    },
  ),
]

function keyNames(keys: Readonly<Record<string, string>>): string[] {
  return [...new Set(Object.keys(keys).map((name) => name.replace(/_FILE$/, '')))].toSorted()
}

async function listModels(db: Db): Promise<ModelState[]> {
  const now = Date.now()
  const hours = Array.from({ length: HOURS }, (_, back) =>
    new Date(Math.floor(now / HOUR_MS) * HOUR_MS - back * HOUR_MS).toISOString(),
  )
  const { rows } = await db.query<ModelState>({
    name: 'models-list',
    // A run tells the name as its provider knows it.
    text: `select m.model, m.bots, coalesce(h.runs, 0) as runs_24h, coalesce(h.failed, 0) as failed_24h, last.*
           from (
             select model, substr(model, strpos(model, '/') + 1) as name, count(*)::int as bots from bots
             where model like '%/%' and model not like 'scripted/%'
             group by model order by count(*) desc, model limit ${MODELS_MAX}) m
           left join (
             select model, sum(runs)::int as runs, sum(failed)::int as failed from run_hours
             where hour = any($1::timestamptz[]) group by model) h on h.model = m.name
           cross join lateral (
             select max(created_at) filter (where error is null) as last_ok_at,
               max(created_at) filter (where error is not null) as last_failed_at,
               (array_agg(error order by id desc) filter (where error is not null))[1] as last_error
             from (select id, created_at, error from runs where model = m.name
                   order by id desc limit ${LOOKED_AT}) r) last
           order by m.bots desc, m.model`,
    values: [hours],
  })
  return rows
}

async function newestPersona(db: Db, model: string): Promise<string | undefined> {
  const { rows } = await db.query<{ persona_yaml: string }>({
    name: 'models-persona',
    text: 'select persona_yaml from bots where model = $1 order by id desc limit 1',
    values: [model],
  })
  return rows[0]?.persona_yaml
}

/** For a provider that needs no address, before there is anybody who names it. */
function plainPersona(model: string): string | undefined {
  const [provider = '', ...name] = model.split('/')
  if (!['anthropic', 'openai', 'ollama'].includes(provider)) return undefined
  const fields = { provider, name: name.join('/') }
  return `handle: tester\ndisplay_name: Tester\npersona: Tests a model.\nmodel: ${JSON.stringify(fields)}\n`
}
