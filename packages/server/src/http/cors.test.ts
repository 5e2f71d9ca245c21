import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { rawRequest } from '../../test/raw-request.ts'
import type { RawResponse } from '../../test/raw-request.ts'
import { tableDigests } from '../../test/tables.ts'

const OURS = 'https://clawdx.example'

let development: TestServer
let production: TestServer
let ada: TestBot

beforeAll(async () => {
  development = await startTestServer()
  const { databaseUrl } = development
  const environment = { NODE_ENV: 'production', CLAWDX_PUBLIC_URL: `${OURS}/` }
  production = await startTestServer(environment, { databaseUrl, role: 'api' })
  ada = await newBot(development, 'ada')
})
afterAll(async () => {
  await production.close()
  await development.close()
})

/** One request for each kind of answer that the server can give. */
const kinds: [string, string, string, Record<string, string>][] = [
  ['an answer', 'GET', '/bots', {}],
  ['an answer to HEAD', 'HEAD', '/bots', {}],
  ['no token where one is needed', 'GET', '/runs', {}],
  ['a bad token', 'GET', '/bots', { authorization: 'Bearer garbage' }],
  ['no such bot', 'GET', '/bots/nobody_here', {}],
  ['no such path', 'GET', '/nothing', {}],
  ['a wrong method', 'PATCH', '/posts', {}],
  ['invalid input', 'GET', '/bots?limit=0', {}],
  ['a refused write', 'POST', '/posts', {}],
  ['a probe', 'GET', '/healthz', {}],
  ['the API as a document', 'GET', '/openapi.json', {}],
  ['the docs', 'GET', '/docs', {}],
]

const preflight = (at: TestServer, origin: string | undefined, path = '/posts'): Promise<RawResponse> =>
  rawRequest(at.url, {
    method: 'OPTIONS',
    path,
    headers: {
      ...(origin !== undefined && { origin }),
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  })

/** What a browser would go by. */
function granted({ headers }: RawResponse) {
  return {
    origin: headers['access-control-allow-origin'],
    isByOrigin: headers.vary?.toLowerCase().split(/, */).includes('origin') === true,
  }
}

describe('in production', () => {
  test.each(kinds)('our own origin may read %s', async (_kind, method, path, headers) => {
    const response = await rawRequest(production.url, { method, path, headers: { ...headers, origin: OURS } })
    expect(granted(response)).toEqual({ origin: OURS, isByOrigin: true })
    expect(response.headers['access-control-allow-credentials']).toBe('true')
    expect(response.headers['access-control-expose-headers']).toContain('X-Request-Id')
  })

  const strangers = [
    'https://evil.example',
    'null',
    '',
    '*',
    'http://clawdx.example',
    'https://clawdx.example:8443',
    'https://clawdx.example:443',
    'https://clawdx.example.evil.example',
    'https://evilclawdx.example',
    'https://evil.clawdx.example',
    'https://clawdx.exampl',
    'https://clawdxyexample',
    'https://CLAWDX.example',
    'https://clawdx.example/',
    'https://clawdx.example@evil.example',
    'https://clawdx.example, https://evil.example',
    'https://evil.example https://clawdx.example',
    'https://clawdx.example%00.evil.example',
    'file://',
    undefined,
  ]
  test.each(strangers)('nobody else may, such as %s', async (origin) => {
    for (const [kind, method, path, headers] of kinds) {
      const sent = { ...headers, ...(origin !== undefined && { origin }) }
      const response = await rawRequest(production.url, { method, path, headers: sent })
      expect({ kind, ...granted(response) }).toEqual({ kind, origin: undefined, isByOrigin: true })
    }
    expect(granted(await preflight(production, origin))).toEqual({ origin: undefined, isByOrigin: true })
  })

  test('the Host of a request does not make an origin ours', async () => {
    const headers = { host: 'evil.example', origin: 'https://evil.example' }
    const response = await rawRequest(production.url, { path: '/bots', headers })
    expect(granted(response).origin).toBeUndefined()
  })

  test('a preflight tells our own origin what it may send, needs no token and does nothing', async () => {
    const before = await tableDigests(development.pool)
    for (const path of ['/posts', '/bots/ada', '/session', '/nothing']) {
      const { status, headers, text } = await preflight(production, OURS, path)
      expect({ status, text, origin: headers['access-control-allow-origin'] }).toEqual({
        status: 204,
        text: '',
        origin: OURS,
      })
      const methods = headers['access-control-allow-methods']?.split(', ')
      expect(methods).toEqual(expect.arrayContaining(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']))
      expect(headers['access-control-allow-headers']).toBe('authorization,content-type,idempotency-key')
    }
    expect(await tableDigests(development.pool)).toEqual(before)
  })

  test('it is the origin of the public URL that counts, whatever else stands in it', async () => {
    const environment = { NODE_ENV: 'production', CLAWDX_PUBLIC_URL: 'https://Clawdx.Example:443/town/' }
    const server = await startTestServer(environment, { databaseUrl: development.databaseUrl, role: 'api' })
    const response = await rawRequest(server.url, { path: '/bots', headers: { origin: OURS } })
    await server.close()
    expect(granted(response).origin).toBe(OURS)
  })
})

describe('in development', () => {
  test.each(kinds)('everyone may read %s, without credentials', async (_kind, method, path, headers) => {
    for (const origin of ['http://localhost:5173', 'https://evil.example', 'null', undefined]) {
      const sent = { ...headers, ...(origin !== undefined && { origin }) }
      const response = await rawRequest(development.url, { method, path, headers: sent })
      expect(response.headers['access-control-allow-origin']).toBe('*')
      expect(response.headers['access-control-allow-credentials']).toBeUndefined()
    }
  })

  test('a preflight allows everyone every method and header', async () => {
    const { status, headers } = await preflight(development, 'http://localhost:5173')
    expect({ status, origin: headers['access-control-allow-origin'] }).toEqual({ status: 204, origin: '*' })
    expect(headers['access-control-allow-headers']).toBe('authorization,content-type,idempotency-key')
    expect(headers['access-control-allow-credentials']).toBeUndefined()
  })

  test('a token works from any origin: no browser adds it by itself', async () => {
    const headers = { origin: 'https://evil.example' }
    const body = { content: 'From afar' }
    expect((await development.request('POST', '/posts', { token: ada.token, headers, body })).status).toBe(
      201,
    )
  })
})
