import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from './factories.ts'
import type { TestBot } from './factories.ts'
import { openFeedSocket } from './feed-socket.ts'
import type { FeedSocket } from './feed-socket.ts'
import { ADMIN_TOKEN, send } from './harness.ts'
import type { RequestOptions, TestResponse } from './harness.ts'
import { brokenRules } from './invariants.ts'
import { startOwnPostgres } from './own-postgres.ts'
import type { OwnPostgres } from './own-postgres.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

const HEAL_MS = 15_000

let postgres: OwnPostgres
let server: SpawnedServer
let pool: pg.Pool
let ada: TestBot
let watching: FeedSocket

beforeAll(async () => {
  postgres = await startOwnPostgres()
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 })
  pool.on('error', () => {})
  server = await spawnServer({ DATABASE_URL: postgres.url })
  ada = await newBot({ url: server.url, human: createClient({ url: server.url, token: ADMIN_TOKEN }) }, 'ada')
  watching = await openFeedSocket(server.url, '/ws/feed?feeds=global', {
    authorization: `Bearer ${ada.token}`,
  })
  await watching.next('hello')
})
afterAll(async () => {
  await server?.stop()
  await pool?.end()
  await postgres?.remove()
})

const request = (method: string, path: string, options?: RequestOptions) =>
  send(server.url, method, path, options)
const post = (content: string, key?: string) =>
  request('POST', '/posts', {
    token: ada.token,
    body: { content },
    ...(key && { headers: { 'idempotency-key': key } }),
  })

/** What came of a post: its answer, or none where the connection broke, which the server never does to anyone. */
interface Tried {
  readonly content: string
  readonly answer: TestResponse
}
const acknowledged: string[] = []
const tried: Tried[] = []

async function tryPost(content: string, key?: string): Promise<TestResponse> {
  const answer = await post(content, key)
  tried.push({ content, answer })
  if (answer.status === 201) acknowledged.push(content)
  return answer
}

async function healed(): Promise<void> {
  await expect.poll(async () => (await request('GET', '/readyz')).status, { timeout: HEAL_MS }).toBe(200)
}

async function storedContents(): Promise<string[]> {
  const { rows } = await pool.query<{ content: string }>('select content from posts order by id')
  return rows.map((row) => row.content)
}

/** Every acknowledged write is there once, nothing is there that nobody sent, and all that hangs on it is as it must be. */
async function expectNothingLost(): Promise<void> {
  const stored = await storedContents()
  expect(acknowledged.filter((content) => !stored.includes(content))).toEqual([])
  expect(new Set(stored).size).toBe(stored.length)
  expect(stored.filter((content) => !tried.some((attempt) => attempt.content === content))).toEqual([])
  expect(await brokenRules(pool)).toEqual([])
}

/** The socket that was opened before it all has got every post there is, in an order without a gap. */
async function expectLiveFeedComplete(): Promise<void> {
  const stored = await storedContents()
  const events = () => watching.frames.filter((frame) => frame.op === 'event')
  await expect.poll(() => events().length, { timeout: HEAL_MS }).toBe(stored.length)
  const told = events().map((frame) => (frame.event.data as { content?: string }).content)
  expect(new Set(told)).toEqual(new Set(stored))
  const seqs = events().map((frame) => Number(frame.seq))
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
  expect(events().map((frame) => Number(frame.prev['global']))).toEqual(seqs.map((seq) => seq - 1))
}

function expectUnavailable({ status, headers, body }: TestResponse): void {
  expect(status).toBe(503)
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(body).toMatchObject({ code: 'unavailable', detail: 'The database does not answer; try again' })
  expect(JSON.stringify(body)).not.toMatch(/socket|ECONN|ENOENT|postgres|terminat/i)
}

describe('while PostgreSQL is down', () => {
  let known: TestResponse
  // Nobody has asked about it, so nobody can believe it for the half second that a checked one is believed.
  let unusedToken: string

  beforeAll(async () => {
    unusedToken = (await request('POST', '/auth/token', { body: { api_key: ada.apiKey } })).body.access_token
    known = await tryPost('Said before the outage')
    expect(known.status).toBe(201)
    await postgres.stop()
  })
  afterAll(() => postgres.start())

  const bot = () => ({ token: ada.token })
  const asks: [string, () => RequestOptions][] = [
    ['GET /posts/feed', () => ({})],
    ['GET /posts/feed?feed=home', bot],
    ['GET /posts/1', () => ({})],
    ['GET /posts/1/thread', bot],
    ['GET /trends', () => ({})],
    ['GET /bots', () => ({})],
    ['GET /bots/ada', () => ({})],
    ['GET /audit', () => ({ token: ADMIN_TOKEN })],
    ['POST /posts', () => ({ ...bot(), body: { content: 'into the void' } })],
    ['POST /posts/1/repost', bot],
    ['PUT /posts/1/like', bot],
    ['DELETE /posts/1', () => ({ token: ADMIN_TOKEN })],
    ['POST /follows', () => ({ ...bot(), body: { followee: 'bob' } })],
    ['POST /auth/token', () => ({ body: { api_key: ada.apiKey } })],
    ['POST /bots', () => ({ token: ADMIN_TOKEN, body: { persona_yaml: persona('newcomer') } })],
    ['POST /session', () => ({ token: ADMIN_TOKEN })],
    ['GET /posts/feed', () => ({ headers: { cookie: 'clawdx_session=of-somebody' } })],
  ]

  test.each(asks)(
    '%s is refused with 503 and a time to come back, within a second',
    async (line, options) => {
      const [method = '', path = ''] = line.split(' ')
      const start = performance.now()
      expectUnavailable(await request(method, path, options()))
      // The promise is a second; a busy machine may take as long again.
      expect(performance.now() - start).toBeLessThan(2_000)
    },
  )

  test('what is wrong with a request is still told before that', async () => {
    expect((await request('POST', '/posts', { body: { content: 'x' } })).status).toBe(401)
    expect((await request('POST', '/session', { token: ADMIN_TOKEN, body: '{' })).status).toBe(415)
    expect((await request('GET', '/posts/feed?limit=0')).status).toBe(422)
    expect((await request('GET', '/nowhere')).status).toBe(404)
  })

  test('the process says that it lives, but is not ready and why', async () => {
    expect(await request('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    const { status, headers, body } = await request('GET', '/readyz')
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('1')
    expect(body.errors).toEqual([
      { loc: ['database'], msg: 'does not answer', type: 'not_ready' },
      { loc: ['migrations'], msg: 'does not answer', type: 'not_ready' },
    ])
  })

  test('its operator sees figures and version', async () => {
    expect((await request('GET', '/metrics', { token: ADMIN_TOKEN })).body).toMatch(/status="503"/)
    expect((await request('GET', '/version')).status).toBe(200)
    expect((await request('GET', '/openapi.json')).status).toBe(200)
  })

  test('a new live feed is refused, one that is open stays so', async () => {
    const headers = { authorization: `Bearer ${unusedToken}` }
    await expect(openFeedSocket(server.url, '/ws/feed?feeds=global', headers)).rejects.toThrow('HTTP 503')
    expect(await Promise.race([watching.closed, Promise.resolve('open')])).toBe('open')
  })

  test('when it is back everything goes on in the same process, and nothing that was acknowledged is gone', async () => {
    for (const key of ['one', 'two', 'three']) expectUnavailable(await tryPost(`Kept trying: ${key}`, key))
    await postgres.start()
    await healed()
    expect((await request('GET', `/posts/${known.body.id}`)).body).toEqual(known.body)
    for (const key of ['one', 'two', 'three']) {
      const answer = await tryPost(`Kept trying: ${key}`, key)
      expect(answer).toMatchObject({ status: 201 })
      expect(answer.headers.get('idempotent-replayed')).toBeNull()
    }
    const feed = await request('GET', '/posts/feed?feed=home', { token: ada.token })
    expect(feed.body.items.map((item: { content: string }) => item.content)).toEqual([
      'Kept trying: three',
      'Kept trying: two',
      'Kept trying: one',
      'Said before the outage',
    ])
    await expectLiveFeedComplete()
    await expectNothingLost()
  })
})

describe('when PostgreSQL is killed', () => {
  test('a write that is under way is refused, and then it is not there', async () => {
    const blocker = await pool.connect()
    blocker.on('error', () => {})
    await blocker.query('begin')
    await blocker.query('lock table posts in share mode')
    const contents = Array.from({ length: 5 }, (_, index) => `Under way ${index}`)
    const answers = Promise.all(contents.map((content) => tryPost(content)))
    await expect.poll(waitingForLocks).toBe(5)
    await postgres.kill()
    for (const answer of await answers) expectUnavailable(answer)
    blocker.release(true)
    await healed()
    expect(await storedContents()).not.toContainEqual(expect.stringContaining('Under way'))
  })

  test('in the middle of many writes, no acknowledged one is lost and each retry with its key has one effect', async () => {
    const refusedFirst = new Set<string>()
    const before = acknowledged.length
    let killedAt = Infinity
    const write = async (writer: number) => {
      for (let count = 0; acknowledged.length < killedAt + 40; count++) {
        const key = `w${writer}-${count}`
        const write = () => tryPost(`Writer ${writer} says ${count}`, key)
        for (let { status } = await write(); status !== 201; { status } = await write()) {
          expect(status).toBe(503)
          refusedFirst.add(key)
        }
      }
    }
    const writing = Promise.all([0, 1, 2, 3].map(write))
    const killing = expect
      .poll(() => acknowledged.length - before, { timeout: HEAL_MS, interval: 5 })
      .toBeGreaterThan(40)
    await Promise.race([killing, writing])
    await postgres.kill()
    killedAt = acknowledged.length
    await writing
    expect(refusedFirst.size).toBeGreaterThan(0)
    await expectNothingLost()
    await expectLiveFeedComplete()
  })

  test('connections that are cut are replaced', async () => {
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'clawdxcraft' and pid <> pg_backend_pid()`,
    )
    await healed()
    expect((await tryPost('After the cut')).status).toBe(201)
    await expectLiveFeedComplete()
    await expectNothingLost()
  })
})

async function waitingForLocks(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  )
  return rows[0]?.count ?? 0
}
