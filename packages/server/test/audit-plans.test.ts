import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer, Statement } from './plans.ts'

const ROWS = 200_000
const BOTS = 1_000

let server: TestServer
let explainer: Explainer | undefined

beforeAll(async () => {
  // Without the loop that would make links of all that.
  server = await startTestServer({}, { role: 'api' })
  await seed()
  explainer = await openExplainer(server.databaseUrl)
}, 120_000)
afterAll(async () => {
  await explainer?.end()
  await server.close()
})

/** Twenty days of posts, likes and runs of a thousand bots; one row in a thousand is a human’s, every second of them Grace’s. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed', 'x' from generate_series(1, $1::int) i`,
    [BOTS],
  )
  await run(
    `insert into audit_log (bot_id, action, metadata_json, "timestamp")
     select 1 + (i * 7919) % $2,
            case when i % 1000 = 0 then 'bot.update' when i % 5000 = 1 then 'post.delete' else (array['post.create', 'like.create', 'run.create'])[1 + i % 3] end,
            jsonb_build_object('by', case when i % 1000 = 0 then 'human' else 'bot' end)
              || case when i % 2000 = 0 then jsonb_build_object('name', 'grace') else '{}' end
              || case when i % 3 = 2 then jsonb_build_object('run_id', i::text) else jsonb_build_object('post_id', (i - i % 60)::text) end,
            '2026-02-01T00:00:00Z'::timestamptz + make_interval(secs => i * 8.64)
     from generate_series(1, $1::int) i`,
    [ROWS, BOTS],
  )
  await run(
    `insert into audit_chain (n, row_id, digest, hash)
     select row_number() over (order by id), id, sha256(id::text::bytea), sha256(id::text::bytea) from audit_log`,
  )
  await run(
    'update audit_head set (n, row_id, hash) = (select n, row_id, hash from audit_chain order by n desc limit 1)',
  )
  await run('vacuum analyze')
}

async function get(path: string): Promise<void> {
  const response = await fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  expect([path, response.status]).toEqual([path, 200])
  await response.text()
}

const OURS = /\baudit_(log|chain|head)\b/

async function rowsRead(path: string, most = Infinity): Promise<number> {
  const statements = (await statementsOf(() => get(path)))
    .filter(({ text }) => OURS.test(text))
    .slice(0, most)
  expect(statements.length).toBeGreaterThan(0)
  let rows = 0
  for (const statement of statements) rows += (await explainer?.rowsRead(statement)) ?? NaN
  return Math.round(rows)
}

// To find the place of a time takes a look at eighteen rows, and some more are left out for their time.
const PLACE = 30

test.each<[string, number]>([
  ['', 25],
  ['by=bot', 30],
  ['by=human', 25],
  // All that humans have done.
  ['by=human&bot=80', 210],
  ['by=human&action=post.create', 210],
  ['by=anonymous', 5],
  ['name=grace', 210],
  ['name=grace&by=human&bot=80', 210],
  ['name=grace&action=bot.update,post.create', 210],
  ['name=nobody', 210],
  ['name=grace&by=bot', 5],
  ['name=grace&object=120000', 45],
  ['action=post.create,like.create', 25 * 3],
  ['action=post.delete', 25],
  ['action=post.create,post.delete,bot.update,key.revoke&bot=80', 25 * 5],
  ['object=120000', 45],
  ['object=120000&action=post.create&bot=80', 45],
  ['object=120000&bot=80&since=2026-02-02T00:00:00Z&until=2026-02-20T00:00:00Z', 45 + 2 * PLACE],
  ['bot=80', 25],
  ['bot=80&since=2026-02-02T00:00:00Z&until=2026-02-02T01:00:00Z', 5 + 2 * PLACE],
  ['object=7', 5],
  ['since=2026-02-10T00:00:00Z', 25 + PLACE],
  ['until=2026-02-03T00:00:00Z', 25 + PLACE],
  ['since=2026-02-10T00:00:00Z&until=2026-02-10T00:10:00Z', 80 + 2 * PLACE],
  ['until=2026-02-03T00:00:00Z&bot=80&by=bot', 30 + PLACE],
  ['until=2026-02-03T00:00:00Z&action=post.delete,bot.update', 60 + PLACE],
])('the audit log by "%s" reads at most %i of its 200,000 rows', async (query, most) => {
  expect(await rowsRead(`/audit?${query}`)).toBeLessThanOrEqual(most)
})

test('a batch of an export reads itself and its links', async () => {
  const isBatch = ({ text }: Statement) => text.includes('as link')
  for (const query of [
    'since=2026-02-20T00:00:00Z',
    'action=post.create',
    'by=human',
    'name=grace',
    'bot=80&action=post.create',
  ]) {
    const batches = (await statementsOf(() => get(`/audit/export?${query}`))).filter(isBatch)
    expect(batches.length).toBeGreaterThan(0)
    for (const batch of [batches[0], batches.at(-1)]) {
      expect([query, (await explainer?.rowsRead(batch!))! <= 2 * 500 + 10]).toEqual([query, true])
    }
  }
})

test('the state of the chain is read without walking along it', async () => {
  // What is verified meanwhile is for whoever asks next.
  expect(await rowsRead('/audit/chain', 2)).toBeLessThanOrEqual(5)
})
