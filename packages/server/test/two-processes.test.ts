import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { openFeedSocket } from './feed-socket.ts'
import { ADMIN_TOKEN, createDatabase, send } from './harness.ts'
import type { RequestOptions } from './harness.ts'
import { brokenRules } from './invariants.ts'
import { hasRedisServer, startOwnRedis } from './own-redis.ts'
import type { OwnRedis } from './own-redis.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

const MEDIUM = 40
// What the contract gives a revocation, and something for a busy machine.
const WITHIN_A_SECOND = { timeout: 2_000, interval: 20 }
const PATIENCE = { timeout: 10_000, interval: 20 }

const clientOf = (server: SpawnedServer) => ({
  url: server.url,
  human: createClient({ url: server.url, token: ADMIN_TOKEN }),
})

describe.runIf(hasRedisServer)('two processes over one database and one Redis', () => {
  let redis: OwnRedis
  let databaseUrl: string
  let pool: pg.Pool
  let one: SpawnedServer
  let other: SpawnedServer
  let ada: TestBot
  let bob: TestBot

  const start = () =>
    spawnServer({ DATABASE_URL: databaseUrl, REDIS_URL: redis.url, CLAWDX_LIMIT_MEDIUM: String(MEDIUM) })
  const at = (index: number) => (index % 2 === 0 ? one : other)
  const post = (server: SpawnedServer, content: string, options: RequestOptions = {}) =>
    send(server.url, 'POST', '/posts', { token: ada.token, body: { content }, ...options })
  const statusOf = async (server: SpawnedServer, token: string) =>
    (await send(server.url, 'GET', '/bots/ada/keys', { token })).status

  beforeAll(async () => {
    redis = await startOwnRedis()
    databaseUrl = await createDatabase()
    pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    // The first to come gives events their place in the log.
    one = await start()
    await vi.waitFor(async () => expect(await sequencers()).toBe(1), PATIENCE)
    other = await start()
    ada = await newBot(clientOf(one), 'ada')
    bob = await newBot(clientOf(other), 'bob')
  })
  afterAll(async () => {
    await Promise.all([one?.stop(), other?.stop()])
    await Promise.all([pool?.end(), redis?.kill()])
  })

  async function sequencers(): Promise<number> {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
       where l.locktype = 'advisory' and l.granted and d.datname = current_database()`,
    )
    return rows[0]?.n ?? -1
  }

  test('see what was written at the other as soon as it is acknowledged', async () => {
    for (let turn = 0; turn < 6; turn++) {
      const written = await post(at(turn), `turn ${turn} #both`)
      const seen = await send(at(turn + 1).url, 'GET', `/posts/${written.body.id}`)
      expect(seen.body).toEqual(written.body)
      const { body } = await send(at(turn + 1).url, 'GET', '/tags/both/posts?limit=1')
      expect(body.items[0].id).toBe(written.body.id)
    }
  })

  test('share each limit exactly', async () => {
    const statuses: number[] = []
    // A few at a time, as clients do; each counts at the process that it comes to.
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let index = 0; index < MEDIUM / 2; index++) {
          statuses.push((await send(at(index).url, 'GET', '/bots/bob', { token: bob.token })).status)
        }
      }),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(MEDIUM)
    expect(statuses.filter((status) => status === 429)).toHaveLength(MEDIUM)
  })

  test('take a token that was bought at the other', async () => {
    for (const [seller, taker] of [
      [one, other],
      [other, one],
    ] as const) {
      const { body } = await send(seller.url, 'POST', '/auth/token', { body: { api_key: ada.apiKey } })
      expect(await statusOf(taker, body.access_token)).toBe(200)
    }
  })

  test('refuse within a second a token that was revoked at the other, and close its sockets', async () => {
    const { body } = await send(one.url, 'POST', '/auth/token', { body: { api_key: ada.apiKey } })
    const token: string = body.access_token
    const socket = await openFeedSocket(other.url, '/ws/feed?feeds=global', {
      authorization: `Bearer ${token}`,
    })
    // Just believed, and so for the longest time.
    expect(await statusOf(other, token)).toBe(200)
    expect((await send(one.url, 'POST', '/auth/revoke', { token })).status).toBe(204)
    expect(await statusOf(one, token)).toBe(401)
    await expect.poll(() => statusOf(other, token), WITHIN_A_SECOND).toBe(401)
    expect((await socket.closed).code).toBe(4001)
  })

  test('refuse within a second what a key had bought that was revoked at the other', async () => {
    const { body: key } = await send(one.url, 'POST', '/bots/ada/keys', { token: ada.token })
    const { body } = await send(other.url, 'POST', '/auth/token', { body: { api_key: key.api_key } })
    expect(await statusOf(other, body.access_token)).toBe(200)
    expect((await send(one.url, 'DELETE', `/bots/ada/keys/${key.id}`, { token: ada.token })).status).toBe(204)
    expect((await send(other.url, 'POST', '/auth/token', { body: { api_key: key.api_key } })).status).toBe(
      401,
    )
    await expect.poll(() => statusOf(other, body.access_token), WITHIN_A_SECOND).toBe(401)
  })

  test('tell sockets of each what was written at both, in order and without a gap', async () => {
    const sockets = await Promise.all(
      [one, other].map((server) =>
        openFeedSocket(server.url, '/ws/feed?feeds=global', { authorization: `Bearer ${ada.token}` }),
      ),
    )
    await Promise.all(sockets.map((socket) => socket.next('hello')))
    const written: string[] = []
    for (let index = 0; index < 40; index++)
      written.push((await post(at(index), `in order ${index}`)).body.id)
    for (const socket of sockets) {
      const events = await socket.events(40)
      expect(events.map(({ event }) => event.data['id'])).toEqual(written)
      for (const [index, { seq, prev }] of events.entries()) {
        expect(prev).toEqual({ global: String(Number(seq) - 1) })
        if (index > 0) expect(Number(seq)).toBe(Number(events[index - 1]?.seq) + 1)
      }
      socket.close()
    }
  })

  test('have one effect of one idempotency key, however many come to both', async () => {
    const headers = { 'idempotency-key': 'at-both' }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => post(at(index), 'once at both', { headers })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  })

  test('keep every counter while both write to the same rows', async () => {
    const { body: target } = await post(one, 'contested')
    const deeds: (() => [string, string])[] = [
      () => ['PUT', `/posts/${target.id}/like`],
      () => ['DELETE', `/posts/${target.id}/like`],
      () => ['POST', `/posts/${target.id}/repost`],
      () => ['DELETE', `/posts/${target.id}/repost`],
    ]
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, index) => {
        const [method, path] = deeds[(index >> 1) % 4]?.() ?? ['GET', '/']
        return send(at(index).url, method, path, { token: index % 3 === 0 ? ada.token : bob.token })
      }),
    )
    expect(
      answers.map(({ status }) => status).filter((status) => ![200, 201, 204, 503].includes(status)),
    ).toEqual([])
    expect(await brokenRules(pool)).toEqual([])
  })

  test('go on, and events with them, when the one that orders them is killed', async () => {
    const socket = await openFeedSocket(other.url, '/ws/feed?feeds=global', {
      authorization: `Bearer ${ada.token}`,
    })
    await socket.next('hello')
    // What was written before the socket came may still have to find its place in the log.
    const { body: first } = await post(other, 'from here on')
    await vi.waitFor(async () => {
      const [frame] = await socket.events(1)
      expect(frame?.event.data['id']).toBe(first.id)
    }, PATIENCE)
    const acknowledged: string[] = []
    const unknown: string[] = []
    let isKilled = false
    const writing = Array.from({ length: 6 }, async (_, writer) => {
      for (let index = 0; index < 30; index++) {
        const content = `writer ${writer}, ${index}`
        const server = isKilled ? other : at(writer)
        const answer = await post(server, content).catch(() => undefined)
        if (answer?.status === 201) acknowledged.push(answer.body.id)
        else unknown.push(content)
        if (acknowledged.length > 40 && !isKilled) {
          isKilled = true
          one.signal('SIGKILL')
        }
      }
    })
    await Promise.all(writing)
    expect(await one.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(isKilled && acknowledged.length > 100).toBe(true)

    const { rows } = await pool.query<{ id: string }>(
      "select id from posts where content like 'writer %' and id <> all($1::bigint[])",
      [acknowledged],
    )
    // Nothing is there that nobody sent; what was cut off may or may not be.
    expect(rows.length).toBeLessThanOrEqual(unknown.length)
    const events = await socket.events(acknowledged.length + rows.length)
    const told = events.map(({ event }) => `${event.type} ${String(event.data['id'])}`)
    const written = [...acknowledged, ...rows.map(({ id }) => id)].map((id) => `post.created ${id}`)
    expect({
      lost: written.filter((id) => !told.includes(id)),
      invented: told.filter((id) => !written.includes(id)),
    }).toEqual({ lost: [], invented: [] })
    const seqs = events.map(({ seq }) => Number(seq))
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
    expect(await brokenRules(pool)).toEqual([])
    expect(await sequencers()).toBe(1)
    socket.close()
  })

  test('let a new one in, and go on when the other is asked to stop', async () => {
    await one.stop()
    one = await start()
    const socket = await openFeedSocket(one.url, '/ws/feed?feeds=global', {
      authorization: `Bearer ${ada.token}`,
    })
    const leaving = await openFeedSocket(other.url, '/ws/feed?feeds=global', {
      authorization: `Bearer ${ada.token}`,
    })
    await Promise.all([socket.next('hello'), leaving.next('hello')])
    const content = (index: number) => `while it stops ${index}`
    const inFlight = Promise.all(
      Array.from({ length: 20 }, (_, index) => post(other, content(index)).catch(() => undefined)),
    )
    other.signal('SIGTERM')
    expect((await leaving.closed).code).toBe(1012)
    expect(await other.exited).toEqual({ code: 0, signal: null })
    const answers = await inFlight
    // Those that it had not taken found nobody; those that it had taken were answered.
    expect(
      answers.map((answer) => answer?.status).filter((status) => ![undefined, 201, 503].includes(status)),
    ).toEqual([])
    const written = await post(one, 'on its own')
    const { rows } = await pool.query<{ id: string }>(
      "select id from posts where content like 'while it stops %'",
    )
    const events = await socket.events(rows.length + 1)
    expect(events.at(-1)?.event.data['id']).toBe(written.body.id)
    const acknowledged = answers.flatMap((answer) => (answer?.status === 201 ? [String(answer.body.id)] : []))
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged))
  })
})
