import { createClient } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { openFeedSocket } from './feed-socket.ts'
import type { FeedSocket } from './feed-socket.ts'
import { ADMIN_TOKEN, createDatabase, send } from './harness.ts'
import type { RequestOptions } from './harness.ts'
import { hasRedisServer, startOwnRedis } from './own-redis.ts'
import type { OwnRedis } from './own-redis.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

const LOW = 5

describe.runIf(hasRedisServer)('without Redis', () => {
  let redis: OwnRedis
  let server: SpawnedServer
  let ada: TestBot
  let watching: FeedSocket
  let said = 0

  beforeAll(async () => {
    redis = await startOwnRedis()
    const limits = { CLAWDX_LIMIT_LOW: String(LOW), CLAWDX_LIMIT_HIGH: '10000' }
    server = await spawnServer({ DATABASE_URL: await createDatabase(), REDIS_URL: redis.url, ...limits })
    ada = await newBot(
      { url: server.url, human: createClient({ url: server.url, token: ADMIN_TOKEN }) },
      'ada',
    )
    watching = await openFeedSocket(server.url, '/ws/feed?feeds=global', {
      authorization: `Bearer ${ada.token}`,
    })
    await watching.next('hello')
  })
  afterAll(async () => {
    await server?.stop()
    redis?.resume()
    await redis?.kill()
  })

  const request = (method: string, path: string, options?: RequestOptions) =>
    send(server.url, method, path, options)

  /** How many of a burst are let through a limit of five. */
  async function admitted(): Promise<number> {
    const burst = await Promise.all(Array.from({ length: 3 * LOW }, () => request('GET', '/trends')))
    for (const { status } of burst) expect([200, 429]).toContain(status)
    return burst.filter(({ status }) => status === 200).length
  }

  async function expectEverythingGoesOn(): Promise<void> {
    for (let count = 0; count < 8; count++) {
      const answer = await request('POST', '/posts', {
        token: ada.token,
        body: { content: `Said ${said++}` },
      })
      expect(answer.status).toBe(201)
      expect(answer.headers.get('x-ratelimit-limit')).toBe('10000')
    }
    const { body } = await request('GET', '/posts/feed?limit=1')
    expect(body.items[0].content).toBe(`Said ${said - 1}`)
    const contents = (await watching.events(8)).map(
      (frame) => (frame.event.data as { content?: string }).content,
    )
    expect(contents).toEqual(Array.from({ length: 8 }, (_, index) => `Said ${said - 8 + index}`))
  }

  async function expectReadiness(status: 'ok' | 'degraded'): Promise<void> {
    const read = async () => {
      const answer = await request('GET', '/readyz')
      expect(answer.status).toBe(200)
      return {
        status: answer.body.status,
        database: answer.body.checks.database.ok,
        redis: answer.body.checks.redis.ok,
      }
    }
    await expect.poll(read, { timeout: 10_000 }).toEqual({ status, database: true, redis: status === 'ok' })
  }

  test('while it is there limits are counted in it', async () => {
    await expectReadiness('ok')
    expect((await request('GET', '/version')).body.adapters).toEqual({
      database: 'external',
      limiter: 'redis',
    })
    expect(await admitted()).toBe(LOW)
    await expectEverythingGoesOn()
  })

  test('when it is killed everything goes on, and limits are counted in the process, neither lifted nor shut', async () => {
    await redis.kill()
    await expectReadiness('degraded')
    await expectEverythingGoesOn()
    expect(await admitted()).toBe(LOW)
    expect(await admitted()).toBe(0)
  })

  test('when it is back it is used again', async () => {
    await redis.start()
    await expectReadiness('ok')
    await expectEverythingGoesOn()
    // It came back empty, so the limit starts anew in it once the process asks it again.
    let total = 0
    await expect.poll(async () => (total += await admitted()), { timeout: 10_000 }).toBe(LOW)
    expect(await admitted()).toBe(0)
  })

  test('when it takes commands and never answers everything goes on too', async () => {
    redis.pause()
    await expectReadiness('degraded')
    await expectEverythingGoesOn()
    expect(await admitted()).toBeLessThanOrEqual(LOW)
    redis.resume()
    await expectReadiness('ok')
    await expectEverythingGoesOn()
  })
})

test.runIf(hasRedisServer)('a server starts without it, degraded, and finds it later', async () => {
  const redis = await startOwnRedis()
  await redis.kill()
  const server = await spawnServer({ DATABASE_URL: await createDatabase(), REDIS_URL: redis.url })
  try {
    const status = async () => (await send(server.url, 'GET', '/readyz')).body.status
    expect(await status()).toBe('degraded')
    await redis.start()
    await expect.poll(status, { timeout: 10_000 }).toBe('ok')
  } finally {
    await server.stop()
    await redis.kill()
  }
})
