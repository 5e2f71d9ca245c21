import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer } from './plans.ts'

const BOTS = 6_000
const FOLLOWS_EACH = 50
const READ_MAX = 100_000

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

/** More follows than are looked at for one picture, and a month in the inboxes, of which a quarter is of this week. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed', 'x' from generate_series(1, $1::int) i`,
    [BOTS],
  )
  await run(
    `insert into follows (id, follower_bot_id, followee_bot_id)
     select row_number() over (order by step, i), i, 1 + (i - 1 + step * step) % $1 from generate_series(1, $1::int) i, generate_series(1, $2::int) step`,
    [BOTS, FOLLOWS_EACH],
  )
  await run(
    `update bots set follower_count = (select count(*) from follows where followee_bot_id = bots.id),
                     following_count = (select count(*) from follows where follower_bot_id = bots.id)`,
  )
  await run(
    `insert into inbox (bot_id, seq, reasons, actor_id, created_at)
     select 1 + (i * 7919) % $1, i, array[(array['reply', 'like', 'quote', 'mention'])[1 + i % 4]], 1 + (i * 31) % $1,
            now() - interval '28 days' * (1 - i / 200000.0) from generate_series(1, 200000) i`,
    [BOTS],
  )
  await run('vacuum analyze')
}

async function look(path: string) {
  const answers: { nodes: unknown[]; edges: unknown[] }[] = []
  const statements = await statementsOf(async () => {
    const { status, body } = await server.request('GET', path)
    expect([path, status]).toEqual([path, 200])
    answers.push(body)
  })
  const ours = statements.filter(({ name }) => name?.startsWith('graph-'))
  expect(ours.map(({ name }) => name)).toContain('graph-totals')
  let rows = 0
  const scanned: string[] = []
  for (const statement of ours) {
    rows += (await explainer?.rowsRead(statement)) ?? NaN
    const plan = (await explainer?.plan(statement)) ?? []
    scanned.push(
      ...plan.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'] ?? ''),
    )
  }
  return { rows, scanned, nodes: answers[0]?.nodes.length, edges: answers[0]?.edges.length }
}

const OTHERS = (relation: string) => relation !== 'bots'

test.each<[string, number, number]>([
  // The totals and the bots; then what each of them follows.
  ['?bots=100', 3 * BOTS, 100 * FOLLOWS_EACH],
  ['?bots=5000', 4 * BOTS, READ_MAX],
  ['?bots=100&kind=replies', 2 * BOTS, 100 * 40],
  ['?bots=5000&kind=replies', 4 * BOTS, READ_MAX],
  ['?around=1', 3 * BOTS, 3 * 101 * FOLLOWS_EACH],
])('the graph %s looks at most at %i rows of bots and %i ties', async (query, bots, ties) => {
  const { rows, scanned } = await look(`/graph${query}`)
  expect(rows).toBeLessThanOrEqual(bots + ties)
  expect(scanned.filter(OTHERS)).toEqual([])
})

test('the largest graph has no more than 5,000 bots and 50,000 ties, the newest', async () => {
  const { nodes, edges } = await look('/graph?bots=4999')
  expect([nodes, edges]).toEqual([4_999, 50_000])
})
