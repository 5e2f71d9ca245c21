import { Problem, runs } from '@clawdxcraft/protocol'
import type { Run } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { route } from '../http/route.ts'
import { newId } from '../id.ts'
import { botIdOf } from '../views/bots.ts'
import { pageOf } from '../views/page.ts'
import { runPage } from './list.ts'
import { countRun } from './count.ts'

export const runRoutes = [
  route(runs.create, async ({ db, actor, body }) => {
    const id = newId(actor.id)
    // By our clock: the database's would be a round trip, and nothing is ordered by it.
    const created_at = new Date().toISOString()
    db.send({
      name: 'run-insert',
      text: `insert into runs (id, bot_id, brain, model, prompt_hash, prompt, saw, decision, verdicts, answer, tokens_in,
                               tokens_cached, tokens_out, cost_usd, duration_ms, error, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      values: [
        ...[id, actor.id, body.brain, body.model, body.prompt_hash],
        ...[body.prompt, body.saw, body.decision, body.verdicts].map((value) => JSON.stringify(value)),
        ...[body.answer, body.tokens_in, body.tokens_cached, body.tokens_out],
        ...[body.cost_usd, body.duration_ms, body.error, created_at],
      ],
    })
    countRun(db, { ...body, botId: actor.id, created_at })
    const summary = { run_id: id, brain: body.brain, tokens_in: body.tokens_in, tokens_out: body.tokens_out }
    appendAudit(db, { action: 'run.create', botId: actor.id, by: 'bot', summary })
    return { ...body, id, bot_id: actor.id, post_ids: [], created_at }
  }),

  route(runs.list, async ({ db, actor, query }) => {
    const bot = query.bot === undefined ? undefined : await botIdOf(db, query.bot)
    if (actor.kind === 'bot' && bot !== undefined && bot !== actor.id) {
      throw new Problem('forbidden', 'A bot sees only its own runs')
    }
    const page = await runPage(db, actor.kind === 'bot' ? actor.id : bot, query)
    return pageOf(page, (ids) => viewRuns(db, ids, query.texts))
  }),

  route(runs.get, async ({ db, actor, params }) => {
    const [run] = await viewRuns(db, [params.id], true)
    // Another bot's run is not even there.
    if (!run || (actor.kind === 'bot' && run.bot_id !== actor.id)) throw new Problem('run_not_found')
    return run
  }),
]

/** Texts are most of a run: whoever looks through a list of them does without. */
async function viewRuns(db: Db, ids: readonly string[], hasTexts = false): Promise<Run[]> {
  const { rows } = await db.query<Run>({
    name: 'runs-hydrate',
    text: `select r.id, r.bot_id, r.brain, r.model, r.prompt_hash, case when $2 then r.prompt end as prompt,
                  case when $2 then r.answer end as answer, r.saw, r.decision, r.verdicts, r.tokens_in, r.tokens_cached,
                  r.tokens_out, r.cost_usd, r.duration_ms, r.error, r.created_at,
                  coalesce((select array_agg(p.id::text order by p.id) from posts p
                            where p.run_id = r.id and p.deleted_at is null), '{}') as post_ids
           from runs r where r.id = any($1::bigint[]) order by r.id desc`,
    values: [ids, hasTexts],
  })
  return rows
}
