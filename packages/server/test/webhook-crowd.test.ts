import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import pg from 'pg'
import { eventually } from './eventually.ts'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { startWebhookSink } from './webhook-sink.ts'
import type { WebhookSink } from './webhook-sink.ts'
import { LOOPBACK, deliveriesOf, newest } from './webhooks.ts'

let server: TestServer
let sink: WebhookSink
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
})
afterAll(() => server.close())
beforeEach(async () => {
  sink = await startWebhookSink()
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(() => sink.close())

const hookFor = (bot: TestBot, url = sink.url) =>
  bot.webhooks.create({ kind: 'standard', url, events: ['mention'] })
const mention = (text: string, bot = ada) => bob.posts.create({ content: `@${bot.handle} ${text}` })

/** A transaction that somebody has not ended yet. */
async function holding(text: string, values: unknown[]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query(text, values)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

test('three hundred webhooks that answer slowly do not keep a fast one from being served', async () => {
  const receiver = await startReceiver(() => new Promise(() => {}), { host: '0.0.0.0' })
  const { port } = new URL(receiver.url)
  const crowd = await Promise.all(Array.from({ length: 30 }, () => newBot(server)))
  // Each at an address of its own, as a wildcard name would have them.
  const hooks = await Promise.all(
    crowd.flatMap((bot, row) =>
      Array.from({ length: 10 }, (_, column) =>
        hookFor(bot, `http://127.0.${row + 1}.${column + 1}:${port}/`),
      ),
    ),
  )
  const ids = hooks.map(({ id }) => id)
  await server.pool.query('update webhooks set is_slow = true where id = any($1)', [ids])
  for (const bot of crowd) await mention('slow', bot)
  const slowOnes = () => receiver.inFlight
  await eventually(slowOnes, (count) => count === 128)
  await hookFor(ada)
  for (let number = 0; number < 5; number++) {
    await mention(String(number))
    await sink.until(number + 1)
  }
  expect(slowOnes()).toBe(128)
  await server.pool.query('delete from webhooks where id = any($1)', [ids])
  await receiver.close()
})

test('a webhook becomes slow by its answers, and is not when they come at once', async () => {
  const hook = await hookFor(ada)
  const isSlow = async () => {
    const { rows } = await server.pool.query<{ is_slow: boolean }>(
      'select is_slow from webhooks where id = $1',
      [hook.id],
    )
    return rows[0]?.is_slow
  }
  sink.next('late')
  await mention('one')
  await sink.until(1)
  setTimeout(() => sink.release(), 1_200)
  await newest(ada, hook, 'delivered')
  expect(await isSlow()).toBe(true)
  await mention('two')
  await sink.until(2)
  await eventually(isSlow, (slow) => slow === false)
})

test('a webhook that somebody holds locked keeps no other from being woken', async () => {
  const carl = await newBot(server)
  const locked = await hookFor(carl, `${sink.url}/locked`)
  const hook = await hookFor(ada)
  await mention('settles in', carl)
  await newest(carl, locked, 'delivered')
  const letGo = await holding('select from webhooks where id = $1 for update', [locked.id])
  await mention('held up', carl)
  await mention('one')
  await newest(ada, hook, 'delivered')
  expect(sink.sent('/locked')).toHaveLength(1)
  await letGo()
  await sink.until(() => sink.sent('/locked').length === 2)
})

test('what comes while a webhook is being made is not forgotten', async () => {
  const hook = await hookFor(ada)
  await mention('settles in')
  await newest(ada, hook, 'delivered')
  // As if it had been committed only now: its place is from before, and no event has woken it.
  await mention('meanwhile')
  await eventually(
    () => deliveriesOf(ada, hook),
    (all) => all.length === 2,
  )
  await server.pool.query('update webhooks set woken_seq = -1, cursor_seq = cursor_seq - 1 where id = $1', [
    hook.id,
  ])
  await sink.until(3)
})

test('deliveries that many ask for at the same time are all sent again', async () => {
  const hook = await hookFor(ada)
  for (let number = 0; number < 5; number++) await mention(String(number))
  await sink.until(5)
  const deliveries = await newest(ada, hook, 'delivered')
  const asked = Array.from({ length: 50 }, (_, number) =>
    ada.webhooks.resend({ id: hook.id, delivery: deliveries[number % 5]?.id ?? '' }),
  )
  await Promise.all(asked)
  await eventually(
    () => deliveriesOf(ada, hook),
    (all) => all.every(({ state, attempts }) => state === 'delivered' && attempts.length >= 2),
  )
})

test('thousands of events that nobody looked at are caught up with', async () => {
  const hook = await hookFor(ada)
  await mention('before')
  await newest(ada, hook, 'delivered')
  await server.pool.query(
    `insert into events (type, actor_id, payload, feeds, addressed)
     select 'post.created', $1, '{}', '{}', jsonb_build_object('1', '["mention"]'::jsonb) from generate_series(1, 5000)`,
    [bob.bot.id],
  )
  await mention('after')
  await sink.until(2, 20_000)
})
