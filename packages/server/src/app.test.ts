import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../test/factories.ts'
import type { TestBot } from '../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../test/harness.ts'
import type { TestServer } from '../test/harness.ts'
import { rawBytes, rawRequest } from '../test/raw-request.ts'
import type { RawResponse } from '../test/raw-request.ts'
import { rows } from '../test/route-rows.ts'
import { createApp, routes } from './app.ts'
import { createAuthenticator } from './http/auth.ts'
import type { Route } from './http/route.ts'
import { startServer } from './server.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

describe('a route that declares no auth rule', () => {
  test('stops the server from starting', async () => {
    const { config, databaseUrl, log } = server.server.context
    const endpoint = {
      method: 'GET',
      path: '/open-door',
      summary: 'Nobody thought about it',
      limit: 'none',
      status: 200,
    }
    const list = routes as Route[]
    list.push({ ...list[0], endpoint } as unknown as Route)
    const starting = startServer({ config, databaseUrl, log, role: 'api' })
    await expect(starting.finally(() => list.pop())).rejects.toThrow('GET /open-door declares no auth rule')
  })

  test('cannot be added past the list either', async () => {
    const { context } = server.server
    const app = await createApp(context, createAuthenticator(context, 'unused'))
    expect(() => app.get('/open-door', () => 'come in')).toThrow('GET /open-door declares no auth rule')
  })
})

/** One request for each way in which the server answers, and the status that proves that it was that way. */
const answers: [string, number, () => Promise<RawResponse>][] = [
  ['a page of bots', 200, () => rawRequest(server.url, { path: '/bots' })],
  ['a new post', 201, () => post({ content: 'Hello' })],
  ['nothing', 204, () => asAda('DELETE', '/follows/ada')],
  ['a preflight', 204, () => rawRequest(server.url, { method: 'OPTIONS', path: '/posts' })],
  [
    'what is known already',
    304,
    () => rawRequest(server.url, { path: '/bots', headers: { 'if-none-match': '*' } }),
  ],
  ['broken JSON', 400, () => post('{')],
  ['a path that cannot be decoded', 400, () => rawRequest(server.url, { path: '/bots/%zz' })],
  ['no token', 401, () => rawRequest(server.url, { path: '/runs' })],
  ['a bot where a human is needed', 403, () => asAda('GET', '/audit')],
  ['no such path', 404, () => rawRequest(server.url, { path: '/nothing' })],
  ['no such bot', 404, () => rawRequest(server.url, { path: '/bots/nobody_here' })],
  ['a wrong method', 405, () => rawRequest(server.url, { method: 'PUT', path: '/posts' })],
  ['too much', 413, () => post({ content: 'x'.repeat(20_000) })],
  ['a path that is too long', 414, () => rawRequest(server.url, { path: `/bots/${'a'.repeat(2_000)}` })],
  ['a wrong content type', 415, () => asAda('POST', '/posts', { 'content-type': 'text/plain' }, 'Hello')],
  ['invalid input', 422, () => post({ content: '' })],
  ['HEAD', 200, () => rawRequest(server.url, { method: 'HEAD', path: '/bots' })],
  [
    'metrics',
    200,
    () => rawRequest(server.url, { path: '/metrics', headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }),
  ],
  ['the docs', 200, () => rawRequest(server.url, { path: '/docs' })],
]

function asAda(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<RawResponse> {
  const sent = { authorization: `Bearer ${ada.token}`, ...headers }
  return rawRequest(server.url, { method, path, headers: sent, ...(body !== undefined && { body }) })
}

function post(body: unknown): Promise<RawResponse> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return asAda('POST', '/posts', { 'content-type': 'application/json' }, text)
}

describe('every kind of answer', () => {
  test.each(answers)('carries the headers that harden it: %s', async (_kind, status, ask) => {
    const response = await ask()
    expect(response.status).toBe(status)
    expect(response.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/default-src 'none';.*frame-ancestors 'none'/),
      'referrer-policy': 'no-referrer',
      'x-frame-options': expect.stringMatching(/^(DENY|SAMEORIGIN)$/),
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    for (const name of ['server', 'x-powered-by', 'strict-transport-security', 'location']) {
      expect(response.headers).not.toHaveProperty(name)
    }
  })

  test('also one to what is not even HTTP', async () => {
    for (const [bytes, status] of [
      ['GARBAGE\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ] as const) {
      const text = await rawBytes(server.url, bytes)
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(text).toMatch(/^x-content-type-options: nosniff\r$/im)
      expect(text).toMatch(/^content-security-policy: default-src 'none'/im)
      const { request_id } = JSON.parse(text.split('\r\n\r\n')[1] ?? '')
      expect(text.toLowerCase()).toContain(`x-request-id: ${request_id}`)
    }
  })

  test('and, where we are reached under https, the order to stay there', async () => {
    const environment = { CLAWDX_PUBLIC_URL: 'https://clawdx.example' }
    const secure = await startTestServer(environment, { databaseUrl: server.databaseUrl, role: 'api' })
    const { headers } = await rawRequest(secure.url, { path: '/bots' })
    await secure.close()
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{7,}/)
  })
})

describe('X-Request-Id', () => {
  test.each(['abc', 'a', '0f8fad5b-d9cb-469f-a165-70867728950e', 'trace:1.2-3_4', 'x'.repeat(128)])(
    'comes back as it was given: %s',
    async (id) => {
      for (const path of ['/bots', '/nothing', '/bots/%zz', '/runs']) {
        const { status, headers, text } = await rawRequest(server.url, {
          path,
          headers: { 'x-request-id': id },
        })
        expect(headers['x-request-id']).toBe(id)
        expect(status === 200 ? id : JSON.parse(text).request_id).toBe(id)
      }
    },
  )

  test.each<[string, string | string[]]>([
    ['empty', ''],
    ['too long', 'x'.repeat(129)],
    ['of two words', 'a b'],
    ['markup', '<script>alert(1)</script>'],
    ['a quote', 'a"b'],
    ['a line of a log', '{"level":50}'],
    ['a terminal’s order', 'a%1b[31m'],
    ['not ASCII', 'caf\u00e9'],
    ['two', ['one', 'two']],
  ])('is replaced when it is %s', async (_kind, given) => {
    const { headers, text } = await rawRequest(server.url, {
      path: '/nothing',
      headers: { 'x-request-id': given },
    })
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    expect(JSON.parse(text).request_id).toBe(headers['x-request-id'])
  })

  test('is another one for each request', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => rawRequest(server.url, { path: '/bots' })))
    expect(new Set(ids.map(({ headers }) => headers['x-request-id'])).size).toBe(20)
  })
})

const patterns = Object.keys(rows).map((name) => {
  const [method = '', path = ''] = name.split(' ')
  return { method, path, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+').replace('*', '.*')}$`) }
})

function methodsAt(path: string): string[] {
  return [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
}

/** `/bots/ada/keys/1` for `/bots/:bot/keys/:key`. */
const examples = [...new Set(patterns.map(({ path }) => path))]
  // Whatever is below one of these is its own.
  .filter((path) => !path.endsWith('*'))
  .map((path) => ({
    path,
    example: path.replace(':bot', 'ada').replace(':tag', 'rust').replaceAll(/:\w+/g, '1'),
  }))

describe.each(examples)('$path', ({ example }) => {
  const spellings = [
    `${example}/`,
    `${example}//`,
    `/${example}`,
    `${example}/.`,
    `${example}/index.html`,
    `${example}.json`,
    `${example};a=b`,
    `/./${example}`,
    `/x/..${example}`,
    `/api${example}`,
    example.toUpperCase(),
    example.replace('/', '/%2f'),
    example.slice(0, example.lastIndexOf('/') + 1),
  ]

  test('has one address: whatever is no other route’s is a 404, never a redirect', async () => {
    // `/bots/ADA` is Ada in another case, `/posts/1.json` a post with a bad id.
    const nobodys = spellings.filter((path) => methodsAt(path).length === 0)
    expect(nobodys.length).toBeGreaterThan(6)
    for (const path of spellings) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const authorization = `Bearer ${ADMIN_TOKEN}`
        const { status, headers } = await rawRequest(server.url, { method, path, headers: { authorization } })
        const seen = { method, path, isMissing: status === 404, location: headers.location }
        expect(seen).toEqual({
          method,
          path,
          isMissing: nobodys.includes(path) || status === 404,
          location: undefined,
        })
      }
    }
  })

  test('answers 405 to every other method, and says which it takes', async () => {
    const taken = methodsAt(example).toSorted()
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].filter(
      (one) => !taken.includes(one),
    )) {
      const { status, headers, text } = await rawRequest(server.url, { method, path: example })
      const allowed = headers.allow?.split(', ').filter((one) => one !== 'HEAD')
      expect({ method, status, allowed: allowed?.toSorted() }).toEqual({
        method,
        status: 405,
        allowed: taken,
      })
      expect(JSON.parse(text).code).toBe('method_not_allowed')
    }
  })
})

test.each([
  '/robots.txt',
  '/favicon.ico',
  '/.env',
  '/admin',
  '/app.ts',
  '/../package.json',
  '/%2e%2e/package.json',
])('nothing is at %s', async (path) => {
  const { status, headers, text } = await rawRequest(server.url, { path })
  expect({ status, type: headers['content-type'], code: JSON.parse(text).code }).toEqual({
    status: 404,
    type: 'application/problem+json; charset=utf-8',
    code: 'not_found',
  })
})

test('bad tokens at /metrics count against the address as they do everywhere', async () => {
  const limited = await startTestServer(
    { CLAWDX_LIMIT_ADDRESS: '5' },
    { databaseUrl: server.databaseUrl, role: 'api' },
  )
  const statuses: number[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    statuses.push((await limited.request('GET', '/metrics', { token: `guess-number-${attempt}` })).status)
  }
  await limited.close()
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
})
