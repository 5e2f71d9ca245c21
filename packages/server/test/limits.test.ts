import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { RequestOptions, TestResponse, TestServer } from './harness.ts'

const HEADERS = [
  'ratelimit-policy',
  'ratelimit',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'retry-after',
]

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
async function start(
  limits: Partial<Record<'LOW' | 'MEDIUM' | 'HIGH' | 'ADDRESS' | 'GLOBAL' | 'HUMAN', number>>,
  rest = {},
) {
  const given = Object.entries(limits).map(([name, limit]) => [`CLAWDX_LIMIT_${name}`, String(limit)])
  const { databaseUrl } = home
  server = await startTestServer(
    { CLAWDX_TRUST_PROXY: 'on', ...Object.fromEntries(given), ...rest },
    { databaseUrl },
  )
}

let places = 0
/** An address that nobody has called from before. */
const somewhere = () => `198.51.${Math.floor(++places / 250)}.${(places % 250) + 1}`

type From = RequestOptions & { from?: string }

function ask(
  method: string,
  path: string,
  { from = somewhere(), ...options }: From = {},
): Promise<TestResponse> {
  return server.request(method, path, {
    ...options,
    headers: { 'x-forwarded-for': from, ...options.headers },
  })
}

/** The statuses of requests sent one after the other. */
async function statuses(count: number, call: () => Promise<TestResponse>): Promise<number[]> {
  const found: number[] = []
  for (let index = 0; index < count; index++) found.push((await call()).status)
  return found
}

const limitHeaders = ({ headers }: TestResponse) =>
  Object.fromEntries(HEADERS.map((name) => [name, headers.get(name)]))
const NONE = Object.fromEntries(HEADERS.map((name) => [name, null]))

/** What the headers must be, the seconds left apart, which must be the same in each and at most a minute. */
function expectHeaders(answer: TestResponse, policy: string, limit: number, remaining: number): void {
  const found = limitHeaders(answer)
  const seconds = Number(found['x-ratelimit-reset'])
  expect(seconds >= 1 && seconds <= 60 && Number.isInteger(seconds), `reset ${seconds}`).toBe(true)
  expect(found).toEqual({
    'ratelimit-policy': `"${policy}";q=${limit};w=60`,
    ratelimit: `"${policy}";r=${remaining};t=${seconds}`,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(seconds),
    'retry-after': answer.status === 429 ? String(seconds) : null,
  })
}

function expectRefused(answer: TestResponse, policy: string, limit: number): void {
  expect([answer.status, answer.body.code]).toEqual([429, 'rate_limited'])
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expectHeaders(answer, policy, limit, 0)
}

describe('tiers of a bot', () => {
  const low = (bot: TestBot) => ask('GET', '/trends', { token: bot.token })
  const medium = (bot: TestBot) => ask('GET', `/bots/${bot.handle}`, { token: bot.token })
  const high = (bot: TestBot, content = 'counted') =>
    ask('POST', '/posts', { token: bot.token, body: { content } })

  test('are counted each for itself, wherever the bot calls from', async () => {
    await start({ LOW: 3, MEDIUM: 4, HIGH: 5 })
    expect(await statuses(4, () => low(ada))).toEqual([200, 200, 200, 429])
    expect(await statuses(5, () => medium(ada))).toEqual([200, 200, 200, 200, 429])
    expect(await statuses(6, () => high(ada))).toEqual([201, 201, 201, 201, 201, 429])
    expectRefused(await low(ada), 'low', 3)
    expectRefused(await medium(ada), 'medium', 4)
    expectRefused(await high(ada), 'high', 5)
  })

  test('are counted down in headers, on refusals of input too', async () => {
    await start({ HIGH: 5 })
    const bad = () => ask('POST', '/posts', { token: ada.token, body: { content: '' } })
    expectHeaders(await high(ada), 'high', 5, 4)
    const refused = await bad()
    expect(refused.status).toBe(422)
    expectHeaders(refused, 'high', 5, 3)
    expectHeaders(await ask('DELETE', '/posts/1', { token: ada.token }), 'high', 5, 2)
  })

  test('are its own', async () => {
    await start({ MEDIUM: 2 })
    expect(await statuses(3, () => medium(ada))).toEqual([200, 200, 429])
    expect(await statuses(3, () => medium(bob))).toEqual([200, 200, 429])
  })

  test('are one for all its tokens', async () => {
    await start({ MEDIUM: 2 })
    const { access_token: token } = await home.human.auth.token({ api_key: ada.apiKey })
    expect(await statuses(2, () => medium(ada))).toEqual([200, 200])
    expect(await statuses(1, () => ask('GET', '/bots/ada', { token }))).toEqual([429])
  })

  test('hold against 60 requests at once, and what was refused had no effect', async () => {
    await start({ HIGH: 5 })
    const answers = await Promise.all(Array.from({ length: 60 }, () => high(ada, 'at once')))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(55)
    const { rows } = await server.pool.query(
      "select count(*)::int as posts from posts where content = 'at once'",
    )
    expect(rows).toEqual([{ posts: 5 }])
  })

  test('refuse before an idempotency key is taken', async () => {
    await start({ HIGH: 1 })
    await high(ada)
    const keyed = { token: ada.token, body: { content: 'later' }, headers: { 'idempotency-key': 'later' } }
    expect((await ask('POST', '/posts', keyed)).status).toBe(429)
    const { rowCount } = await server.pool.query("select 1 from idempotency_keys where key = 'later'")
    expect(rowCount).toBe(0)
  })
})

describe('strangers', () => {
  test('have the tiers of their address', async () => {
    await start({ LOW: 2, MEDIUM: 3 })
    const here = somewhere()
    const answers = [await ask('GET', '/trends', { from: here }), await ask('GET', '/bots', { from: here })]
    expectHeaders(answers[0]!, 'low', 2, 1)
    expectHeaders(answers[1]!, 'medium', 3, 2)
    expect(await statuses(2, () => ask('GET', '/trends', { from: here }))).toEqual([200, 429])
    expectRefused(await ask('GET', '/trends', { from: here }), 'low', 2)
    expect((await ask('GET', '/trends')).status).toBe(200)
  })

  test('of one IPv6 network, or of one IPv4 address in either spelling, are one', async () => {
    await start({ LOW: 2 })
    const spent = async (...addresses: string[]) => {
      const found = []
      for (const from of addresses) found.push((await ask('GET', '/trends', { from })).status)
      return found
    }
    const network = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:0DB8:0001:0002::3']
    expect(await spent(...network, '2001:db8:1:3::1')).toEqual([200, 200, 429, 200])
    expect(await spent('192.0.2.7', '::ffff:192.0.2.7', '::ffff:c000:207', '192.0.2.8')).toEqual([
      200, 200, 429, 200,
    ])
  })

  test('cannot choose their address: it is the one that the proxy saw', async () => {
    await start({ LOW: 2 })
    const forged = () => ask('GET', '/trends', { from: `${somewhere()}, 203.0.113.9` })
    expect(await statuses(3, forged)).toEqual([200, 200, 429])
  })

  test('have the address of their connection where no proxy is trusted', async () => {
    await start({ LOW: 2 }, { CLAWDX_TRUST_PROXY: 'off' })
    expect(await statuses(3, () => ask('GET', '/trends'))).toEqual([200, 200, 429])
  })
})

describe('besides', () => {
  test('everything from one address is counted, whoever it is, but humans', async () => {
    await start({ ADDRESS: 4 })
    const from = somewhere()
    const calls = [
      await ask('GET', '/bots/ada', { from, token: ada.token }),
      await ask('GET', '/bots', { from }),
      await ask('POST', '/auth/token', { from, body: { api_key: ada.apiKey } }),
      await ask('POST', '/posts', { from, token: ada.token, body: { content: 'counted' } }),
    ]
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200, 201])
    expectRefused(await ask('GET', '/bots/ada', { from, token: ada.token }), 'address', 4)
    expectRefused(await ask('GET', '/trends', { from }), 'address', 4)
    expectRefused(await ask('POST', '/auth/token', { from, body: { api_key: ada.apiKey } }), 'address', 4)
    expect(await statuses(8, () => ask('GET', '/bots', { from, token: ADMIN_TOKEN }))).toEqual(
      Array(8).fill(200),
    )
    expect((await ask('GET', '/bots/ada', { token: ada.token })).status).toBe(200)
  })

  test('everything is counted together, but humans', async () => {
    await start({ GLOBAL: 6 })
    expect(await statuses(4, () => ask('GET', '/bots/ada', { token: ada.token }))).toEqual([
      200, 200, 200, 200,
    ])
    expect(await statuses(2, () => ask('GET', '/bots'))).toEqual([200, 200])
    expectRefused(await ask('GET', '/bots'), 'global', 6)
    expectRefused(
      await ask('POST', '/posts', { token: ada.token, body: { content: 'refused' } }),
      'global',
      6,
    )
    expect((await ask('GET', '/bots', { token: ADMIN_TOKEN })).status).toBe(200)
  })

  test('humans are counted together and against nothing else', async () => {
    await start({ HUMAN: 3, LOW: 1, MEDIUM: 1, HIGH: 1, ADDRESS: 1, GLOBAL: 1 })
    const from = somewhere()
    const human = { from, token: ADMIN_TOKEN }
    const first = await ask('POST', '/bots', { ...human, body: { persona_yaml: persona('made') } })
    expect(first.status).toBe(201)
    expectHeaders(first, 'human', 3, 2)
    const session = await ask('POST', '/session', human)
    const cookie = session.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    expectHeaders(session, 'human', 3, 1)
    expectHeaders(await ask('GET', '/audit', { from, headers: { cookie } }), 'human', 3, 0)
    expectRefused(await ask('GET', '/bots', human), 'human', 3)
    expectRefused(await ask('GET', '/bots', { from, headers: { cookie } }), 'human', 3)
    // None of that used up what belongs to strangers.
    expect((await ask('GET', '/bots', { from })).status).toBe(200)
    expectRefused(await ask('GET', '/bots', { from }), 'medium', 1)
  })
})

describe('buying tokens', () => {
  const buy = (apiKey: string | undefined, from?: string) =>
    ask('POST', '/auth/token', { ...(from && { from }), ...(apiKey && { body: { api_key: apiKey } }) })

  test('is counted against the bot of the key, wherever it is done', async () => {
    await start({ LOW: 3 })
    const bought = await buy(ada.apiKey)
    expect(bought.status).toBe(200)
    expectHeaders(bought, 'low', 3, 2)
    expect((await buy(ada.apiKey)).status).toBe(200)
    expect((await ask('GET', '/trends', { token: ada.token })).status).toBe(200)
    expectRefused(await buy(ada.apiKey), 'low', 3)
    const from = somewhere()
    expect(await statuses(3, () => buy(bob.apiKey, from))).toEqual([200, 200, 200])
    expect((await ask('GET', '/trends', { from })).status).toBe(200)
  })

  test('with a bad key, or none, is counted against the address', async () => {
    await start({ LOW: 2 })
    const from = somewhere()
    const unknown = `clx_${'A'.repeat(43)}`
    const first = await buy(unknown, from)
    expect([first.status, first.body.code]).toEqual([401, 'invalid_api_key'])
    expectHeaders(first, 'low', 2, 1)
    expect((await buy(undefined, from)).status).toBe(401)
    expectRefused(await buy(unknown, from), 'low', 2)
    expectRefused(await buy('garbage', from), 'low', 2)
    expectRefused(await ask('GET', '/trends', { from }), 'low', 2)
    expect((await buy(ada.apiKey, from)).status).toBe(200)
    expect((await buy(unknown)).status).toBe(401)
  })
})

test('tokens that are none are counted against the address', async () => {
  await start({ ADDRESS: 3 })
  const from = somewhere()
  const garbage = () => ask('POST', '/posts', { from, token: 'garbage', body: { content: 'refused' } })
  expect(await statuses(3, garbage)).toEqual([401, 401, 401])
  expectRefused(await garbage(), 'address', 3)
  expectRefused(await ask('GET', '/bots', { from }), 'address', 3)
})

test('probes and documents are never counted', async () => {
  await start({ LOW: 1, MEDIUM: 1, HIGH: 1, ADDRESS: 1, GLOBAL: 1, HUMAN: 1 })
  const from = somewhere()
  for (const path of ['/healthz', '/readyz', '/version', '/openapi.json', '/docs']) {
    for (let count = 0; count < 4; count++) {
      const answer = await ask('GET', path, { from, token: count % 2 === 0 ? ADMIN_TOKEN : undefined })
      expect([path, answer.status, limitHeaders(answer)]).toEqual([path, 200, NONE])
    }
  }
  expect((await ask('GET', '/bots', { from })).status).toBe(200)
})

test('a limit of 0 is none, and sends no headers', async () => {
  await start({ LOW: 0, MEDIUM: 0, HIGH: 0, ADDRESS: 0, GLOBAL: 0, HUMAN: 0 })
  const answers = [
    await ask('GET', '/bots'),
    await ask('GET', '/bots', { token: ADMIN_TOKEN }),
    await ask('GET', '/bots', { token: 'garbage' }),
    await ask('POST', '/posts', { token: ada.token, body: { content: 'free' } }),
    await ask('POST', '/auth/token', { body: { api_key: ada.apiKey } }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 201, 200])
  for (const answer of answers) expect(limitHeaders(answer)).toEqual(NONE)
})

describe('in the embedded mode', () => {
  // Without an address of a database the server has its own.
  const embedded = { DATABASE_URL: '' }

  test('the loopback address is exempt from what is counted per address', async () => {
    await start({ LOW: 1, MEDIUM: 1, HIGH: 1, ADDRESS: 1 }, embedded)
    for (const from of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      const answers = [await ask('GET', '/trends', { from }), await ask('GET', '/trends', { from })]
      const bad = await ask('POST', '/auth/token', { from, body: { api_key: 'garbage' } })
      expect([...answers, bad].map(({ status }) => status)).toEqual([200, 200, 401])
      for (const answer of [...answers, bad]) expect(limitHeaders(answer)).toEqual(NONE)
    }
    const from = somewhere()
    expect(await statuses(2, () => ask('GET', '/trends', { from }))).toEqual([200, 429])
  })

  test('the limits of bots, of humans and of all hold there too', async () => {
    await start({ MEDIUM: 2, GLOBAL: 5, HUMAN: 4 }, { ...embedded, CLAWDX_TRUST_PROXY: 'off' })
    expect(await statuses(3, () => ask('GET', '/bots/ada', { token: ada.token }))).toEqual([200, 200, 429])
    expect(await statuses(3, () => ask('GET', '/bots'))).toEqual([200, 200, 429])
    expectRefused(await ask('GET', '/bots'), 'global', 5)
    expect(await statuses(5, () => ask('GET', '/bots', { token: ADMIN_TOKEN }))).toEqual([
      200, 200, 200, 200, 429,
    ])
  })
})

test('with a database of its own the loopback address is like any other', async () => {
  await start({ LOW: 1 })
  expect(await statuses(2, () => ask('GET', '/trends', { from: '127.0.0.1' }))).toEqual([200, 429])
})
