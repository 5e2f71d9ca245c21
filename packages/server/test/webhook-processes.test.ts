import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { eventually } from './eventually.ts'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, createDatabase } from './harness.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'
import { startWebhookSink } from './webhook-sink.ts'
import type { WebhookSink } from './webhook-sink.ts'
import { LOOPBACK, REASONS, newest } from './webhooks.ts'

let environment: Record<string, string>
let api: SpawnedServer
let pool: pg.Pool
let sink: WebhookSink
let ada: TestBot
let bob: TestBot
const workers: SpawnedServer[] = []

beforeAll(async () => {
  const databaseUrl = await createDatabase()
  environment = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn', ...LOOPBACK }
  api = await spawnServer(environment, { role: 'api' })
  pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
})
afterAll(async () => {
  await api.stop()
  await pool.end()
})
beforeEach(async () => {
  const server = { url: api.url, human: createClient({ url: api.url, token: ADMIN_TOKEN, retries: 0 }) }
  sink = await startWebhookSink()
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
  await sink.close()
})

async function startWorker(): Promise<SpawnedServer> {
  const worker = await spawnServer(environment, { role: 'worker' })
  workers.push(worker)
  return worker
}

async function hookFor(bot: TestBot, path: string) {
  const { secret, id } = await bot.webhooks.create({
    kind: 'standard',
    url: `${sink.url}${path}`,
    events: [...REASONS],
  })
  return { id, secrets: [secret ?? ''] }
}

const mention = (text: string) => bob.posts.create({ content: `@${ada.handle} ${text}` })

describe('a process that is killed while it sends', () => {
  test('has its request sent again by another when its lease is over, with the same id and body', async () => {
    const hook = await hookFor(ada, '/killed')
    sink.next('hang')
    const killed = await startWorker()
    await mention('one')
    await mention('two')
    await sink.until(1)
    const { rows } = await pool.query<{ seconds: number }>(
      'select extract(epoch from leased_until - now())::float8 as seconds from webhooks where id = $1',
      [hook.id],
    )
    expect(rows[0]?.seconds).toBeLessThanOrEqual(30)
    killed.signal('SIGKILL')
    await killed.exited
    await startWorker()
    await sink.until(3, 45_000)
    await newest(ada, hook, 'delivered')
    const [first, again, next] = sink.sent('/killed')
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(again?.text).toBe(first?.text)
    expect(again && first && again.at - first.at).toBeLessThan(40_000)
    expect(next?.headers['webhook-id']).not.toBe(first?.headers['webhook-id'])
    expect(sink.faults('/killed', hook)).toEqual([])
  }, 60_000)
})

test('a process that is asked to end hands its webhooks on at once', async () => {
  const hook = await hookFor(ada, '/handed')
  sink.next('hang')
  const first = await startWorker()
  await mention('one')
  await sink.until(1)
  first.signal('SIGTERM')
  expect(await first.exited).toMatchObject({ code: 0 })
  await startWorker()
  await sink.until(2)
  await newest(ada, hook, 'delivered')
  expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({ attempt: 0 })
  expect(sink.faults('/handed', hook)).toEqual([])
})

test('three processes send what fifty webhooks wait for: once, in order, one request at a time to each', async () => {
  await Promise.all([startWorker(), startWorker(), startWorker()])
  const server = { url: api.url, human: createClient({ url: api.url, token: ADMIN_TOKEN, retries: 0 }) }
  const bots = await Promise.all(Array.from({ length: 50 }, () => newBot(server)))
  const hooks = await Promise.all(bots.map((bot) => hookFor(bot, `/${bot.handle}`)))
  for (let round = 0; round < 6; round++)
    await Promise.all(bots.map(({ handle }) => bob.posts.create({ content: `@${handle} round ${round}` })))
  await sink.until(300, 30_000)
  await eventually(
    () =>
      pool.query<{ left: number }>('select count(*)::int as left from webhooks where woken_seq > cursor_seq'),
    ({ rows }) => rows[0]?.left === 0,
  )
  expect(sink.requests).toHaveLength(300)
  for (const [index, hook] of hooks.entries()) {
    const path = `/${bots[index]?.handle}`
    expect(sink.faults(path, hook)).toEqual([])
    const texts = sink
      .sent(path)
      .map(({ body }) => (body as { data: { content: string } }).data.content.at(-1))
    expect(texts).toEqual(['0', '1', '2', '3', '4', '5'])
  }
  expect(sink.maxInFlight).toBeLessThanOrEqual(2)
})

test('a lease that is over and taken by another process fences the first', async () => {
  const hook = await hookFor(ada, '/fenced')
  sink.next('late')
  await startWorker()
  await mention('one')
  await sink.until(1)
  // The first is as good as gone for the others: its lease is over, and the next has taken the webhook.
  await pool.query("update webhooks set leased_until = now() - interval '1 second' where id = $1", [hook.id])
  await sink.until(2)
  await newest(ada, hook, 'delivered')
  const before = await ada.webhooks.get({ id: hook.id })
  sink.release()
  await sink.until(([first]) => first?.endedAt !== undefined)
  await mention('two')
  await sink.until(3)
  await newest(ada, hook, 'delivered')
  expect(before.attempt).toBe(0)
  expect(sink.taken('/fenced')).toHaveLength(2)
})
