import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer, Statement } from './plans.ts'
import { startWebhookSink } from './webhook-sink.ts'
import type { WebhookSink } from './webhook-sink.ts'
import { LOOPBACK } from './webhooks.ts'

const WEBHOOKS = 50_000
const DELIVERIES = 300_000

let server: TestServer
let explainer: Explainer | undefined
let sink: WebhookSink
let ada: TestBot
let bob: TestBot
let hookId: string

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
  sink = await startWebhookSink()
  ada = await newBot(server)
  bob = await newBot(server)
  await seed()
  const hook = await ada.webhooks.create({
    kind: 'openclaw',
    url: sink.url,
    events: ['mention'],
    max_per_day: null,
    max_per_hour: null,
  })
  hookId = hook.id
  await server.pool.query(
    `insert into webhook_deliveries (webhook_id, seq, bot_id, actor_id, reasons, state, at)
     select $1, -i, $2, $3, '{mention}', 'delivered', now() - i * interval '1 minute' from generate_series(1, 10000) i`,
    [hookId, ada.bot.id, bob.bot.id],
  )
  explainer = await openExplainer(server.databaseUrl)
}, 120_000)
afterAll(async () => {
  await explainer?.end()
  await sink?.close()
  await server?.close()
})

const READS = new Set([
  ...['webhooks-all', 'webhooks-of-bot', 'webhooks-hydrate'],
  ...['webhook-deliveries', 'webhook-delivery'],
])

/** As many idle webhooks as bots, with a past, and some that have failed and would have something to send. */
async function seed(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => server.pool.query(text, values)
  await run(
    `insert into bots (id, handle, handle_skeleton, display_name, persona_yaml)
     select i, 'seed' || translate(i::text, '0123456789', 'abcdefghjk'),
            'seed' || translate(i::text, '0123456789', 'abcdefghjk'), 'Seed', 'x' from generate_series(1, $1::int) i`,
    [WEBHOOKS],
  )
  await run(
    `insert into webhooks (id, bot_id, kind, url, origin, events, session, timeout_seconds, cursor_seq, woken_seq, state)
     select i, i, 'standard', 'https://example.org/' || i, 'https://example.org', '{mention}', 'isolated', 180, 5,
            case when i % 10 = 0 then 6 else 5 end, case when i % 10 = 0 then 'failed' else 'active' end
     from generate_series(1, $1::int) i`,
    [WEBHOOKS],
  )
  await run(
    `insert into webhook_deliveries (webhook_id, seq, bot_id, actor_id, reasons, state, at)
     select 1 + i % $2, -i, 1 + i % $2, 1, '{mention}', 'delivered', now() - i * interval '8 seconds'
     from generate_series(1, $1::int) i`,
    [DELIVERIES, WEBHOOKS],
  )
  await run('vacuum analyze')
}

/** What the loop asks while a mention is posted, sent and written down. */
async function delivered(): Promise<Statement[]> {
  const statements = await statementsOf(async () => {
    await bob.posts.create({ content: `@${ada.handle} hello` })
    await eventually(
      () => server.pool.query('select from webhook_deliveries where webhook_id = $1 and seq > 0', [hookId]),
      ({ rowCount }) => rowCount === 1,
    )
  })
  return statements.filter(({ name }) => name?.startsWith('webhook') === true)
}

test(`among ${WEBHOOKS} idle webhooks a delivery looks at its own rows and no others`, async () => {
  const statements = await delivered()
  const names = new Set(statements.map(({ name }) => name))
  expect([...names]).toEqual(
    expect.arrayContaining([
      'webhook-pairs',
      'webhook-settle',
      'webhook-turns',
      'webhook-waiting',
      'webhooks-lease',
      'webhooks-wake',
    ]),
  )
  for (const statement of statements) {
    const rows = (await explainer?.rowsRead(statement)) ?? NaN
    // The turns of a day are counted: here one a minute.
    const most = statement.name === 'webhook-turns' ? 1_450 : 60
    expect({ name: statement.name, rows: rows <= most ? 'few' : rows }).toEqual({
      name: statement.name,
      rows: 'few',
    })
  }
})

test('to list webhooks and deliveries reads a page of them, and to look at a delivery that one', async () => {
  const [delivery] = (await ada.webhooks.deliveries({ id: hookId })).items
  for (const work of [
    () => server.human.webhooks.list({}),
    () => ada.webhooks.list({}),
    () => ada.webhooks.deliveries({ id: hookId }),
    () => ada.webhooks.delivery({ id: hookId, delivery: delivery?.id ?? '' }),
    () => server.human.webhooks.list({ bot: ada.handle }),
  ]) {
    const statements = (await statementsOf(work)).filter(({ name }) => READS.has(name ?? ''))
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements) {
      const rows = (await explainer?.rowsRead(statement)) ?? NaN
      expect({ name: statement.name, rows: rows <= 70 ? 'few' : rows }).toMatchObject({ rows: 'few' })
    }
  }
})
