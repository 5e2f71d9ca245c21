import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer } from './plans.ts'

const RUNS = 200_000
const BOTS = 1_000
const WINDOW = 20_000

let server: TestServer
let explainer: Explainer | undefined

beforeAll(async () => {
  server = await startTestServer({}, { role: 'api' })
  await seed()
  explainer = await openExplainer(server.databaseUrl)
}, 120_000)
afterAll(async () => {
  await explainer?.end()
  await server.close()
})

/** A month of runs: most scripted, one in ten of a model, one in a thousand failed; one model hardly anybody uses. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed', 'x' from generate_series(1, $1::int) i`,
    [BOTS],
  )
  await run(
    `insert into runs (id, bot_id, brain, model, decision, tokens_in, tokens_out, cost_usd, duration_ms, error, created_at)
     select (extract(epoch from at) * 1000 - 1767225600000)::bigint << 22, 1 + (i * 7919) % $2,
            case when i % 10 = 0 then 'ai-sdk' else 'scripted' end,
            case when i % 50000 = 0 then 'rare' when i % 10 = 0 then 'common' end,
            jsonb_build_object('action', case when i % 2 = 0 then 'nothing' else 'post' end), 0, 0,
            case when i % 10 = 0 then 0.01 else 0 end, 0, case when i % 1000 = 7 then 'No answer' end, at
     from generate_series(1, $1::int) i,
          lateral (select date_trunc('milliseconds', '2026-02-01T00:00:00Z'::timestamptz + make_interval(secs => i * 12.96)) as at) t`,
    [RUNS, BOTS],
  )
  await run('vacuum analyze')
}

async function rowsRead(path: string): Promise<number> {
  const ask = async () => {
    const { status } = await server.request('GET', path, { token: ADMIN_TOKEN })
    expect([path, status]).toEqual([path, 200])
  }
  const statements = (await statementsOf(ask)).filter(({ text }) => /\bfrom runs\b/.test(text))
  expect(statements.length).toBeGreaterThan(0)
  let rows = 0
  for (const statement of statements) rows += (await explainer?.rowsRead(statement)) ?? NaN
  return Math.round(rows)
}

// The ids, and each run once more.
const PAGE = 21 + 20 + 5

test.each<[string, number]>([
  ['', PAGE],
  ['bot=80', PAGE],
  ['state=failed', PAGE],
  ['model=common', PAGE],
  ['model=rare', PAGE],
  ['state=nothing', PAGE * 2],
  ['brain=ai-sdk', PAGE + 10 * 20],
  ['min_cost=0.005', PAGE + 10 * 20],
  ['since=2026-02-10T00:00:00Z', PAGE],
  ['until=2026-02-03T00:00:00Z', PAGE + 1],
  ['until=2026-02-03T00:00:00Z&state=nothing', PAGE * 2],
  ['bot=80&state=failed', 200 + 200 + PAGE],
  ['model=common&state=nothing', PAGE],
  ['model=unheard', 5],
  // Where there is none, no more than one look through and the place where it ends.
  ['brain=unheard', 2 * WINDOW],
  ['min_cost=100', 2 * WINDOW],
  ['model=unheard&min_cost=100', 5],
])('runs by "%s" read at most %i of 200,000', async (query, most) => {
  expect(await rowsRead(`/runs?${query}`)).toBeLessThanOrEqual(most)
})
