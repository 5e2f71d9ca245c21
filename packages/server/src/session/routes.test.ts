import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, nextHandle, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestResponse, TestServer } from '../../test/harness.ts'
import { rawRequest } from '../../test/raw-request.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

async function login(at = server): Promise<string> {
  const { status, headers } = await at.request('POST', '/session', { token: ADMIN_TOKEN })
  expect(status).toBe(201)
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

const hashOf = (cookie: string) =>
  createHash('sha256')
    .update(cookie.split('=')[1] ?? '')
    .digest()
const auditStatus = async (cookie: string) =>
  (await server.request('GET', '/audit', { headers: { cookie } })).status

/** A write with which the session would show who it is. */
async function registration(headers: Record<string, string>): Promise<TestResponse> {
  const body = { persona_yaml: persona(nextHandle()) }
  return server.request('POST', '/bots', { headers, body })
}

describe('beginning a session', () => {
  test('costs the human’s token and gives a cookie that scripts and other sites cannot use', async () => {
    const { status, headers, body } = await server.request('POST', '/session', { token: ADMIN_TOKEN })
    expect({ status, body }).toEqual({ status: 201, body: { expires_at: expect.any(String) } })
    expect(headers.get('set-cookie')).toMatch(
      /^clawdx_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/,
    )
    const days = (Date.parse(body.expires_at) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(6.9)
    expect(days).toBeLessThan(7.1)
  })

  test('under https the cookie stays there', async () => {
    const secure = await startTestServer(
      { CLAWDX_PUBLIC_URL: 'https://clawdx.example' },
      { databaseUrl: server.databaseUrl, role: 'api' },
    )
    const { headers } = await secure.request('POST', '/session', { token: ADMIN_TOKEN })
    const ended = await secure.request('DELETE', '/session', { token: ADMIN_TOKEN })
    await secure.close()
    expect(headers.get('set-cookie')).toMatch(/; Secure$/)
    expect(ended.headers.get('set-cookie')).toMatch(/; Secure$/)
  })

  test('makes another secret each time, keeps only its hash, and leaves an audit row', async () => {
    const [first, second] = [await login(), await login()]
    expect(first).not.toBe(second)
    const { rowCount } = await server.pool.query(
      'select 1 from human_sessions where session_hash = any($1)',
      [[hashOf(first), hashOf(second)]],
    )
    expect(rowCount).toBe(2)
    const { items } = await server.human.audit.list({ action: 'session.create', limit: '1' })
    expect(items).toMatchObject([{ bot_id: null, metadata_json: { by: 'human' } }])
  })

  test.each<[string, () => string | undefined, number]>([
    ['no token', () => undefined, 401],
    ['a bot’s token', () => ada.token, 403],
    ['a bot’s key', () => ada.apiKey, 401],
    ['almost the human’s token', () => ADMIN_TOKEN.slice(0, -1), 401],
    ['the human’s token and a letter', () => `${ADMIN_TOKEN}x`, 401],
    ['the human’s token in capitals', () => ADMIN_TOKEN.toUpperCase(), 401],
  ])('is refused with %s', async (_kind, token, expected) => {
    const { status, headers } = await server.request('POST', '/session', { token: token() })
    expect({ status, cookie: headers.get('set-cookie') }).toEqual({ status: expected, cookie: null })
  })
})

describe('a session', () => {
  test('reads what a human may read, whatever page asks', async () => {
    const cookie = await login()
    const paths = ['/audit', '/runs', '/metrics', '/bots/ada', '/bots/ada/keys', '/posts/feed']
    for (const origin of [undefined, 'http://evil.example', 'null']) {
      const headers = { cookie, ...(origin !== undefined && { origin }) }
      for (const path of paths) expect((await server.request('GET', path, { headers })).status).toBe(200)
      expect((await server.request('GET', '/bots/ada', { headers })).body.persona_yaml).toBeTruthy()
    }
  })

  test.each<[string, (host: string) => Record<string, string>]>([
    ['no page at all', () => ({})],
    ['a page of its own', (host) => ({ origin: `http://${host}` })],
    ['a page of its own by what the browser says', () => ({ 'sec-fetch-site': 'same-origin' })],
    [
      'a page of its own, twice so',
      (host) => ({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }),
    ],
  ])('writes for %s', async (_kind, headers) => {
    const cookie = await login()
    expect((await registration({ cookie, ...headers(new URL(server.url).host) })).status).toBe(201)
  })

  test.each<[string, (host: string) => Record<string, string>]>([
    ['another site', () => ({ origin: 'http://evil.example' })],
    ['a page without an origin', () => ({ origin: 'null' })],
    ['a page with an empty origin', () => ({ origin: '' })],
    ['a name that begins like ours', (host) => ({ origin: `http://${host}.evil.example` })],
    ['a name that ends like ours', (host) => ({ origin: `http://evil${host}` })],
    ['our name as a user name', (host) => ({ origin: `http://${host}@evil.example` })],
    ['a user name before ours', (host) => ({ origin: `http://evil@${host}` })],
    ['our host on another port', (host) => ({ origin: `http://${host.split(':')[0]}:1` })],
    ['our host without its port', (host) => ({ origin: `http://${host.split(':')[0]}` })],
    ['another name of our host', (host) => ({ origin: `http://localhost:${host.split(':')[1]}` })],
    ['our origin with a path', (host) => ({ origin: `http://${host}/` })],
    ['our origin in capitals', (host) => ({ origin: `HTTP://${host}` })],
    ['our host under another scheme', (host) => ({ origin: `file://${host}` })],
    ['two origins', (host) => ({ origin: `http://${host}, http://evil.example` })],
    ['another site by what the browser says', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['a neighbour by what the browser says', () => ({ 'sec-fetch-site': 'same-site' })],
    ['an address that somebody typed', () => ({ 'sec-fetch-site': 'none' })],
  ])('does not write for %s', async (_kind, headers) => {
    const cookie = await login()
    const before = await tableDigests(server.pool)
    const sent = { cookie, ...headers(new URL(server.url).host) }
    const answers = [
      await registration(sent),
      await server.request('DELETE', '/session', { headers: sent }),
      await server.request('POST', '/session', { headers: sent }),
      await server.request('PATCH', '/bots/ada', { headers: sent, body: { status: 'suspended' } }),
    ]
    for (const { status, body } of answers)
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'origin_refused' })
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test('may be used from anywhere beside a token, which no page can have by accident', async () => {
    const cookie = await login()
    const headers = { cookie, origin: 'http://evil.example', authorization: `Bearer ${ADMIN_TOKEN}` }
    expect((await registration(headers)).status).toBe(201)
    // A bad token is bad although the cookie is good.
    expect((await registration({ cookie, authorization: 'Bearer garbage' })).status).toBe(401)
  })

  test('does not lend itself to an unencrypted page where we are reached under https', async () => {
    const environment = { CLAWDX_PUBLIC_URL: 'https://clawdx.example' }
    const secure = await startTestServer(environment, { databaseUrl: server.databaseUrl, role: 'api' })
    const cookie = await login()
    const statusFor = async (host: string, origin: string) =>
      (await rawRequest(secure.url, { method: 'POST', path: '/session', headers: { cookie, host, origin } }))
        .status
    const statuses = [
      await statusFor('clawdx.example', 'https://clawdx.example'),
      // A proxy may call us by another name, and people may come by one.
      await statusFor('10.0.0.7:8080', 'https://clawdx.example'),
      await statusFor('other.example', 'https://other.example'),
      await statusFor('clawdx.example', 'http://clawdx.example'),
      await statusFor('clawdx.example', 'https://clawdx.example.evil.example'),
    ]
    await secure.close()
    expect(statuses).toEqual([201, 201, 201, 403, 403])
  })

  test('ends at once when it is ended, alone', async () => {
    const [cookie, other] = [await login(), await login()]
    const { status, headers } = await server.request('DELETE', '/session', { headers: { cookie } })
    expect({ status, cookie: headers.get('set-cookie') }).toEqual({
      status: 204,
      cookie: 'clawdx_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    })
    expect([await auditStatus(cookie), await auditStatus(other)]).toEqual([401, 200])
    const { items } = await server.human.audit.list({ action: 'session.delete', limit: '1' })
    expect(items).toMatchObject([{ bot_id: null, metadata_json: { by: 'human' } }])
  })

  test('that does not exist is ended without a trace', async () => {
    const before = await tableDigests(server.pool)
    expect((await server.request('DELETE', '/session', { token: ADMIN_TOKEN })).status).toBe(204)
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test('ends by itself, and is then a bad token wherever it comes', async () => {
    const cookie = await login()
    expect(await auditStatus(cookie)).toBe(200)
    await server.pool.query(
      "update human_sessions set expires_at = now() - interval '1 ms' where session_hash = $1",
      [hashOf(cookie)],
    )
    for (const path of ['/audit', '/bots', '/posts/feed']) {
      const { status, headers, body } = await server.request('GET', path, { headers: { cookie } })
      expect({ status, code: body.code }).toEqual({ status: 401, code: 'invalid_token' })
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
    }
    expect((await server.request('GET', '/healthz', { headers: { cookie } })).status).toBe(200)
  })

  test.each<[string, (cookie: string) => string, number]>([
    ['among others', (cookie) => `a=b; ${cookie}; c=d`, 200],
    ['without spaces', (cookie) => `a=b;${cookie};c=d`, 200],
    ['after a name that ends alike', (cookie) => `xclawdx_session=evil; ${cookie}`, 200],
    ['before one that nobody gave', (cookie) => `${cookie}; clawdx_session=evil`, 200],
    ['under a longer name', (cookie) => `x${cookie}`, 401],
    ['under a name in capitals', (cookie) => cookie.toUpperCase(), 401],
    ['in quotes', (cookie) => cookie.replace(/=(.*)/, '="$1"'), 401],
    ['cut short', (cookie) => cookie.slice(0, -1), 401],
    ['empty', () => 'clawdx_session=', 401],
    ['as a pattern', () => 'clawdx_session=%', 401],
  ])('%s in the Cookie header is answered as it should', async (_kind, header, expected) => {
    expect(await auditStatus(header(await login()))).toBe(expected)
  })
})
