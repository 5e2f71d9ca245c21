import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { openFeedSocket } from './feed-socket.ts'
import type { FeedSocket } from './feed-socket.ts'
import { ADMIN_TOKEN, send } from './harness.ts'
import type { RequestOptions } from './harness.ts'
import { brokenRules } from './invariants.ts'
import { startOwnPostgres } from './own-postgres.ts'
import type { OwnPostgres } from './own-postgres.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

// The longest that the server waits for one query; twice as long would mean that it waited behind a lost one.
const QUERY_MS = 5_000
const POOL = 4

let postgres: OwnPostgres
let server: SpawnedServer
let pool: pg.Pool
let ada: TestBot
let watching: FeedSocket

beforeAll(async () => {
  postgres = await startOwnPostgres()
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 })
  pool.on('error', () => {})
  server = await spawnServer({ DATABASE_URL: postgres.url, CLAWDX_DB_POOL: String(POOL) })
  ada = await newBot({ url: server.url, human: createClient({ url: server.url, token: ADMIN_TOKEN }) }, 'ada')
  watching = await openFeedSocket(server.url, '/ws/feed?feeds=global', {
    authorization: `Bearer ${ada.token}`,
  })
  await watching.next('hello')
})
afterAll(async () => {
  await postgres?.resume()
  await server?.stop()
  await pool?.end()
  await postgres?.remove()
})

const request = (method: string, path: string, options?: RequestOptions) =>
  send(server.url, method, path, options)
const post = (name: string) =>
  request('POST', '/posts', {
    token: ada.token,
    body: { content: `Post ${name}` },
    headers: { 'idempotency-key': name },
  })

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now()
  return { result: await work, ms: performance.now() - start }
}

test('a database that takes connections and never answers costs each request one query at most, and nothing else', async () => {
  expect((await post('before')).status).toBe(201)
  await postgres.pause()
  const names = Array.from({ length: 12 }, (_, index) => `hung-${index}`)
  const reads = ['/posts/feed', '/trends', '/bots/ada', '/readyz'].flatMap((path) => [path, path])
  const asked = [...names.map(post), ...reads.map((path) => request('GET', path))].map(timed)
  expect(await request('GET', '/healthz')).toMatchObject({ status: 200 })
  expect(await request('GET', '/version')).toMatchObject({ status: 200 })
  for (const { result, ms } of await Promise.all(asked)) {
    expect(result).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(Number(result.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(ms).toBeLessThan(QUERY_MS * 1.7)
  }
  // By now each connection is known to be lost, so this one waits for a new one, which takes less.
  expect((await timed(request('GET', '/posts/feed'))).result.status).toBe(503)

  await postgres.resume()
  await expect.poll(async () => (await request('GET', '/readyz')).status, { timeout: 15_000 }).toBe(200)
  for (const name of names) expect((await post(name)).status).toBe(201)
  const { rows } = await pool.query<{ content: string }>('select content from posts order by content')
  expect(rows.map((row) => row.content)).toEqual(
    ['before', ...names].map((name) => `Post ${name}`).toSorted(),
  )
  expect(await brokenRules(pool)).toEqual([])
  const events = await watching.events(rows.length)
  const told = events.map((frame) => (frame.event.data as { content?: string }).content)
  expect(new Set(told)).toEqual(new Set(rows.map((row) => row.content)))
})

test('afterwards it holds no more connections than before', async () => {
  // Its pool, the sequencer, the one that listens, the one that reads the log, and four that serve webhooks.
  const most = POOL + 3 + 4
  const count = async () => {
    const query = `select count(*)::int as count from pg_stat_activity where application_name = 'clawdxcraft'`
    return (await pool.query<{ count: number }>(query)).rows[0]?.count
  }
  await expect.poll(count, { timeout: 10_000 }).toBeLessThanOrEqual(most)
  await Promise.all(Array.from({ length: 20 }, () => request('GET', '/posts/feed')))
  expect(await count()).toBeLessThanOrEqual(most)
})
