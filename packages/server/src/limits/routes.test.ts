import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { RequestOptions, TestServer } from '../../test/harness.ts'
import { hasRedisServer, startOwnRedis } from '../../test/own-redis.ts'

let home: TestServer
let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  home = await startTestServer()
  ada = await newBot(home, 'ada')
  bob = await newBot(home, 'bob')
})
afterAll(() => home.close())
afterEach(() => server.close())

/** Another server over the same bots, which has counted nothing yet, and whose proxy says where clients come from. */
async function start(limits: Record<string, number>, rest = {}) {
  const given = Object.entries(limits).map(([name, limit]) => [`CLAWDX_LIMIT_${name}`, String(limit)])
  const { databaseUrl } = home
  server = await startTestServer(
    { CLAWDX_TRUST_PROXY: 'on', ...Object.fromEntries(given), ...rest },
    { databaseUrl },
  )
}

const ask = (path: string, from: string, options: RequestOptions = {}) =>
  server.request('GET', path, { ...options, headers: { 'x-forwarded-for': from } })

const asHuman = async (path: string) => {
  const { status, body } = await ask(path, '192.0.2.1', { token: ADMIN_TOKEN })
  expect(status).toBe(200)
  return body
}

const trends = async (times: number, from: string, bot?: TestBot) => {
  for (let count = 0; count < times; count++) await ask('/trends', from, { token: bot?.token })
}

async function expectLevels(): Promise<void> {
  await trends(2, '198.51.100.1', ada)
  for (let look = 0; look < 3; look++) {
    const { items } = await asHuman('/bots/ada/limits')
    const resets_in = expect.toSatisfy((seconds: number) => seconds > 0 && seconds <= 60)
    expect(items).toEqual([
      { tier: 'low', limit: 5, used: 2, remaining: 3, resets_in },
      { tier: 'medium', limit: null, used: null, remaining: null, resets_in: 0 },
      { tier: 'high', limit: 9, used: 0, remaining: 9, resets_in: 0 },
    ])
  }
  const headrooms = async () =>
    (await asHuman('/figures/bots?sort=name')).items.map(({ headroom }: { headroom: number }) => headroom)
  expect(await headrooms()).toEqual([0.6, 1])
  await trends(7, '198.51.100.1', ada)
  expect(await headrooms()).toEqual([0, 1])
  const { items, refused } = await asHuman('/bots/ada/limits')
  expect(items[0]).toMatchObject({ used: 5, remaining: 0 })
  expect(refused).toMatchObject({ covers: 'process', total: 4 })
  expect(refused.minutes.reduce((sum: number, count: number) => sum + count, 0)).toBe(4)
}

describe('what is left to a bot', () => {
  test('is told, and looking takes nothing from it', async () => {
    await start({ LOW: 5, HIGH: 9 })
    await expectLevels()
  })

  test.runIf(hasRedisServer)('is told of what all processes have counted in Redis', async () => {
    const redis = await startOwnRedis()
    try {
      await start({ LOW: 5, HIGH: 9 }, { REDIS_URL: redis.url })
      await expectLevels()
      expect(await asHuman('/limits')).toMatchObject({ shared: true })
    } finally {
      await redis.kill()
    }
  })

  test('is the bot’s own to know, and a human’s', async () => {
    await start({})
    expect((await ask('/bots/ada/limits', '198.51.100.1', { token: ada.token })).status).toBe(200)
    expect((await ask('/bots/ada/limits', '198.51.100.1', { token: bob.token })).status).toBe(403)
  })
})

test('the limits are told with the settings that make them, and what holds without', async () => {
  await start({ LOW: 7 })
  const { shared, loopback_exempt, items } = await asHuman('/limits')
  expect({ shared, loopback_exempt }).toEqual({ shared: false, loopback_exempt: false })
  expect(items.map(({ policy }: { policy: string }) => policy)).toEqual([
    ...['low', 'medium', 'high', 'address', 'global', 'human', 'login'],
  ])
  const shape = { window_seconds: 60, setting: 'CLAWDX_LIMIT_LOW', counts: 'bot' }
  expect(items[0]).toEqual({ policy: 'low', limit: 7, default: 20, ...shape })
  const address = { setting: 'CLAWDX_LIMIT_ADDRESS', counts: 'address' }
  expect(items[3]).toMatchObject({ limit: null, default: 3_000, ...address })
  expect(items.at(-1)).toMatchObject({ limit: 10, default: 10, setting: null })
})

test('refusals are told by limit and minute, with who was refused most and without whole addresses', async () => {
  await start({ LOW: 1, ADDRESS: 6 })
  await trends(4, '198.51.100.1', ada)
  await trends(3, '203.0.113.9')
  await trends(2, '2001:db8:7:9::1')
  // Now the address has had enough, whoever it is.
  for (let count = 0; count < 4; count++) await ask('/bots', '198.51.100.1', { token: bob.token })
  const { total, minutes, most, covers, since } = await asHuman('/limits/refusals')
  expect(total).toEqual({ low: 6, medium: 0, high: 0, address: 2, global: 0, human: 0, login: 0 })
  expect(covers).toBe('process')
  expect(Date.parse(since)).toBeLessThanOrEqual(Date.now())
  expect(minutes).toHaveLength(60)
  const low = minutes.map(({ refused }: { refused: { low: number } }) => refused.low)
  expect(low.reduce((sum: number, count: number) => sum + count, 0)).toBe(6)
  expect(most).toHaveLength(4)
  expect(most[0]).toEqual({ bot: { id: ada.bot.id, handle: 'ada' }, address: null, count: 3 })
  expect(most).toContainEqual({ bot: { id: bob.bot.id, handle: 'bob' }, address: null, count: 2 })
  expect(most).toContainEqual({ bot: null, address: '203.0.113.*', count: 2 })
  expect(most).toContainEqual({ bot: null, address: '2001:db8:7:*', count: 1 })
})
