import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { hasRedisServer, startOwnRedis } from '../../test/own-redis.ts'
import type { OwnRedis } from '../../test/own-redis.ts'
import { openRedis } from './redis.ts'
import { createLog } from '../log.ts'
import { createRedisLimiter } from './limiter-redis.ts'
import { createMemoryLimiter } from './limiter.ts'
import type { Limiter, Limits, Policy } from './limiter.ts'

const LIMITS: Limits = { low: 3, medium: 5, high: 40, address: 100, global: 1, human: 0 }
const log = createLog('silent')

/** One way to keep buckets, and how to let time pass for it. */
interface Adapter {
  readonly limiter: Limiter
  pass(policy: Policy, subject: string, seconds: number): Promise<void>
  close(): void
}

function memoryAdapter(): Promise<Adapter> {
  vi.useFakeTimers()
  return Promise.resolve({
    limiter: createMemoryLimiter(LIMITS),
    async pass(_policy, _subject, seconds) {
      await vi.advanceTimersByTimeAsync(seconds * 1000)
    },
    close: () => void vi.useRealTimers(),
  })
}

const bucketOf = (policy: Policy, subject: string) => `clx:${policy}:{${subject}}`

async function redisAdapter(url: string): Promise<Adapter> {
  // Unlike the server's own client it may take its time: here every request has to be counted in Redis.
  const redis = new Redis(url)
  await once(redis, 'ready')
  return {
    limiter: createRedisLimiter(LIMITS, redis, log),
    async pass(policy, subject, seconds) {
      const key = bucketOf(policy, subject)
      await redis.pexpire(key, Math.max(0, (await redis.pttl(key)) - seconds * 1000))
    },
    close: () => redis.disconnect(),
  }
}

function conforms(open: () => Promise<Adapter>): void {
  let adapter: Adapter
  let subject: string

  beforeEach(async () => {
    adapter = await open()
    subject = randomUUID()
  })
  afterEach(() => adapter.close())

  const take = (policy: Policy, who = subject) => adapter.limiter.take(policy, who)

  test('allows as many as the limit says, and counts down', async () => {
    const verdicts = [
      await take('low'),
      await take('low'),
      await take('low'),
      await take('low'),
      await take('low'),
    ]
    expect(verdicts.map((verdict) => [verdict?.allowed, verdict?.remaining])).toEqual([
      ...[
        [true, 2],
        [true, 1],
        [true, 0],
      ],
      ...[
        [false, 0],
        [false, 0],
      ],
    ])
    expect(verdicts[0]).toEqual({ policy: 'low', allowed: true, limit: 3, remaining: 2, reset: 60 })
  })

  test('allows exactly as many of 200 at once', async () => {
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => take('high')))
    expect(verdicts.filter((verdict) => verdict?.allowed)).toHaveLength(LIMITS.high)
    const remaining = verdicts
      .filter((verdict) => verdict?.allowed)
      .map((verdict) => verdict?.remaining ?? -1)
    expect(remaining.toSorted((a, b) => b - a)).toEqual(
      Array.from({ length: LIMITS.high }, (_, index) => LIMITS.high - 1 - index),
    )
  })

  test('keeps a bucket for each subject', async () => {
    const other = randomUUID()
    for (let count = 0; count < LIMITS.low; count++) await take('low')
    expect([(await take('low'))?.allowed, (await take('low', other))?.remaining]).toEqual([
      false,
      LIMITS.low - 1,
    ])
  })

  test('shows a bucket and takes nothing from it', async () => {
    expect(await adapter.limiter.peek('low', subject)).toMatchObject({ allowed: true, remaining: 3 })
    await take('low')
    await take('low')
    for (let turn = 0; turn < 3; turn++) {
      expect(await adapter.limiter.peek('low', subject)).toMatchObject({ limit: 3, remaining: 1, reset: 60 })
    }
    expect((await take('low'))?.remaining).toBe(0)
    expect(await adapter.limiter.peek('human', subject)).toBeUndefined()
  })

  test('gives wrong passwords a quarter of an hour, whatever the limits are', async () => {
    const first = await take('login')
    expect(first).toEqual({ policy: 'login', allowed: true, limit: 10, remaining: 9, reset: 900 })
    await adapter.pass('login', subject, 890)
    expect(await adapter.limiter.peek('login', subject)).toMatchObject({ remaining: 9, reset: 10 })
    await adapter.pass('login', subject, 11)
    expect(await adapter.limiter.peek('login', subject)).toMatchObject({ remaining: 10 })
  })

  test('keeps a bucket for each policy', async () => {
    for (let count = 0; count < LIMITS.low; count++) await take('low')
    expect([(await take('low'))?.allowed, (await take('medium'))?.remaining]).toEqual([
      false,
      LIMITS.medium - 1,
    ])
  })

  test('tells subjects apart that differ in nothing but what a key is made of', async () => {
    const subjects = [
      `${subject}`,
      `${subject}:`,
      `{${subject}`,
      `${subject}}`,
      `${subject}*`,
      `low:${subject}`,
      '2001:db8:0:1',
    ]
    for (const who of subjects) await take('low', who === '2001:db8:0:1' ? `${who}-${subject}` : who)
    for (const who of subjects.slice(0, -1))
      expect([who, (await take('low', who))?.remaining]).toEqual([who, 1])
  })

  test('has no limit where it is 0', async () => {
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => take('human')))
    expect(new Set(verdicts)).toEqual(new Set([undefined]))
  })

  test('says how many seconds of the window are left', async () => {
    // A busy machine may lose a second in between.
    expect((await take('medium'))?.reset).toBeOneOf([60, 59])
    await adapter.pass('medium', subject, 18)
    expect((await take('medium'))?.reset).toBeOneOf([42, 41, 40])
    await adapter.pass('medium', subject, 36)
    const verdict = await take('medium')
    expect([verdict?.reset, verdict?.remaining]).toEqual([expect.toBeOneOf([6, 5, 4, 3]), LIMITS.medium - 3])
  })

  test('begins a new window when the old one ends, and not before', async () => {
    for (let count = 0; count < LIMITS.low; count++) await take('low')
    await adapter.pass('low', subject, 50)
    expect(await take('low')).toMatchObject({ allowed: false })
    await adapter.pass('low', subject, 11)
    expect(await take('low')).toEqual({ policy: 'low', allowed: true, limit: 3, remaining: 2, reset: 60 })
  })
}

describe('a limiter in memory', () => conforms(memoryAdapter))

describe.runIf(hasRedisServer)('a limiter in Redis', () => {
  let own: OwnRedis

  beforeAll(async () => {
    own = await startOwnRedis()
  })
  afterAll(() => own?.kill())

  conforms(() => redisAdapter(own.url))

  test('shares its buckets with every other', async () => {
    const adapters = await Promise.all(Array.from({ length: 4 }, () => redisAdapter(own.url)))
    const turns = Array.from({ length: 50 }, () =>
      adapters.map(({ limiter }) => limiter.take('high', 'shared')),
    )
    const verdicts = await Promise.all(turns.flat())
    expect(verdicts.filter((verdict) => verdict?.allowed)).toHaveLength(LIMITS.high)
    for (const adapter of adapters) adapter.close()
  })

  test('leaves nothing behind in Redis that lasts longer than a window', async () => {
    const redis = new Redis(own.url)
    const adapter = await redisAdapter(own.url)
    await adapter.limiter.take('low', 'passing')
    const keys = await redis.keys('*')
    expect(keys).toContain(bucketOf('low', 'passing'))
    for (const key of keys) {
      expect(await redis.pttl(key)).toBeGreaterThan(-2)
      expect([key, await redis.pttl(key)]).not.toEqual([key, -1])
    }
    adapter.close()
    redis.disconnect()
  })
})

describe.runIf(hasRedisServer)('a limiter whose Redis fails', () => {
  let own: OwnRedis
  let redis: ReturnType<typeof openRedis>
  let limiter: Limiter

  beforeEach(async () => {
    own = await startOwnRedis()
    // The server's own client, which gives up early.
    redis = openRedis(own.url, log)
    limiter = createRedisLimiter(LIMITS, redis, log)
    await expect.poll(() => redis.status, { timeout: 10_000, interval: 10 }).toBe('ready')
  })
  afterEach(async () => {
    vi.useRealTimers()
    redis.disconnect()
    own.resume()
    await own.kill()
  })

  const taken = async (policy: Policy, count: number) => {
    const verdicts = []
    for (let index = 0; index < count; index++) verdicts.push(await limiter.take(policy, 'ada'))
    return verdicts.map((verdict) => verdict?.allowed)
  }
  const countInRedis = async () => Number(await redis.get(bucketOf('medium', 'ada')).catch(() => undefined))
  const allowed = (count: number, of: number) => Array.from({ length: of }, (_, index) => index < count)

  test('goes on alone within the limit when Redis is killed, and returns to it', async () => {
    expect(await taken('medium', 2)).toEqual([true, true])
    await own.kill()
    expect(await taken('medium', 8)).toEqual(allowed(LIMITS.medium, 8))
    expect(await limiter.take('human', 'ada')).toBeUndefined()
    await own.start()
    // It came back empty, and counts from there on.
    const counts = async () => {
      await limiter.take('medium', 'ada')
      return countInRedis()
    }
    await expect.poll(counts, { timeout: 10_000 }).toBeGreaterThan(0)
    const before = await countInRedis()
    expect(await limiter.take('medium', 'ada')).toMatchObject({
      remaining: Math.max(0, LIMITS.medium - before - 1),
    })
    expect(await countInRedis()).toBe(before + 1)
  })

  test('stops asking a Redis that hangs after five failures, and asks again two seconds later', async () => {
    expect(await taken('medium', 1)).toEqual([true])
    own.pause()
    expect(await taken('medium', 20)).toEqual(allowed(LIMITS.medium, 20))
    own.resume()
    // What was asked of it while it hung, it does now: five of the twenty.
    await expect.poll(countInRedis, { timeout: 10_000 }).toBe(1 + 5)
    expect(await taken('medium', 3)).toEqual([false, false, false])
    expect(await countInRedis()).toBe(1 + 5)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2_001 })
    await limiter.take('medium', 'ada')
    expect(await countInRedis()).toBe(1 + 5 + 1)
  })

  test('does not take a pause of its own for one of Redis', async () => {
    expect(await limiter.take('medium', 'ada')).toMatchObject({ remaining: LIMITS.medium - 1 })
    for (let left = LIMITS.medium - 2; left >= 0; left--) {
      const verdict = limiter.take('medium', 'ada')
      // The command goes out, then nothing is read for longer than Redis is given.
      await new Promise(setImmediate)
      const until = performance.now() + 150
      while (performance.now() < until);
      expect(await verdict).toMatchObject({ remaining: left })
    }
  })

  test('lets each of many callers go when Redis hangs, as many as the limit allows', async () => {
    own.pause()
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => limiter.take('high', 'ada')))
    expect(verdicts.filter((verdict) => verdict?.allowed)).toHaveLength(LIMITS.high)
  })
})
