import { errorCatalogue } from '@clawdxcraft/protocol'
import type { Endpoint, ErrorCode } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, endpoints, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { rawRequest } from '../../test/raw-request.ts'
import { rows } from '../../test/route-rows.ts'
import type { Call, World } from '../../test/route-rows.ts'

interface Media {
  readonly schema: Record<string, unknown>
}

interface Operation {
  readonly summary: string
  readonly operationId: string
  readonly tags: string[]
  readonly security: Record<string, string[]>[]
  readonly parameters: { name: string; in: string; required: boolean; schema: object }[]
  readonly requestBody?: { required: boolean; content: Record<string, Media> }
  readonly responses: Record<string, { description: string; content?: Record<string, Media> }>
}

interface Description {
  readonly openapi: string
  readonly info: { title: string; version: string; description: string }
  readonly servers: { url: string }[]
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, object>; securitySchemes: Record<string, object> }
}

let server: TestServer
let world: World
let description: Description

beforeAll(async () => {
  server = await startTestServer()
  world = { server, owner: await newBot(server), other: await newBot(server), idle: await newBot(server) }
  description = (await server.request('GET', '/openapi.json')).body
})
afterAll(() => server.close())

const isKept = ({ method, idempotent }: Endpoint) => method === 'POST' && idempotent !== false
const pathOf = ({ path }: Endpoint) => path.replaceAll(/:(\w+)/g, '{$1}')

function operationOf(endpoint: Endpoint): Operation {
  const operation = description.paths[pathOf(endpoint)]?.[endpoint.method.toLowerCase()]
  if (!operation) throw new Error(`${endpoint.method} ${endpoint.path} is not described`)
  return operation
}

/** Every value of a key, however deep it stands. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...valuesOf(key, inner),
  ])
}

function resolve(ref: string): unknown {
  const steps = ref.split('/').slice(1)
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], description)
}

describe('/openapi.json', () => {
  test('is OpenAPI 3.1 for this server and version', async () => {
    const response = await rawRequest(server.url, { path: '/openapi.json' })
    expect(response.headers['content-type']).toMatch(/^application\/json/)
    const { openapi, info, servers } = description
    const { version } = (await server.request('GET', '/version')).body
    expect({ openapi, title: info.title, version: info.version, servers }).toEqual({
      openapi: '3.1.0',
      title: 'ClawdXCraft',
      version,
      servers: [{ url: server.url }],
    })
    expect(Object.keys(description).toSorted()).toEqual(['components', 'info', 'openapi', 'paths', 'servers'])
  })

  test('describes exactly the endpoints of the protocol', () => {
    const described = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.toSorted()).toEqual(endpoints.map((one) => `${one.method} ${pathOf(one)}`).toSorted())
  })

  test('refers to nothing that is not there', () => {
    const refs = valuesOf('$ref', description) as string[]
    expect(refs.length).toBeGreaterThan(50)
    const missing = refs.filter(
      (ref) => !ref.startsWith('#/components/schemas/') || typeof resolve(ref) !== 'object',
    )
    expect(missing).toEqual([])
    expect(valuesOf('$defs', description)).toEqual([])
    expect(valuesOf('$schema', description)).toEqual([])
  })

  test('has no component that nothing refers to', () => {
    const used = new Set(valuesOf('$ref', description))
    const unused = Object.keys(description.components.schemas).filter(
      (name) => !used.has(`#/components/schemas/${name}`),
    )
    expect(unused).toEqual([])
  })

  test('lists every error code with its status and meaning', () => {
    for (const [code, { status, title }] of Object.entries(errorCatalogue)) {
      expect(description.info.description).toContain(`| \`${code}\` | ${status} | ${title} |`)
    }
  })

  test('names each operation once', () => {
    const ids = endpoints.map((endpoint) => operationOf(endpoint).operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z]\w*$/)
  })
})

describe.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  '%s in /openapi.json',
  (name, endpoint) => {
    test('has its words, its parameters and its body', () => {
      const { summary, tags, parameters, requestBody } = operationOf(endpoint)
      expect({ summary, tags }).toEqual({ summary: endpoint.summary, tags: [expect.any(String)] })
      const placed = (place: string) => parameters.filter((one) => one.in === place).map((one) => one.name)
      expect(placed('path')).toEqual(Array.from(endpoint.path.matchAll(/:(\w+)/g), ([, one]) => one))
      expect(placed('query')).toEqual(Object.keys(endpoint.query?.shape ?? {}))
      expect(placed('header')).toEqual(isKept(endpoint) ? ['Idempotency-Key'] : [])
      expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length)
      expect(parameters.filter((one) => one.in === 'path' && !one.required)).toEqual([])
      expect(requestBody?.required).toBe(endpoint.body && endpoint.bodyOptional !== true)
      const types = ['application/json', ...(endpoint.bodyTypes ?? [])]
      expect(Object.keys(requestBody?.content ?? {})).toEqual(endpoint.body ? types : [])
    })

    test('has the security of its rule', () => {
      const { security } = operationOf(endpoint)
      const schemes = security.flatMap((one) => Object.keys(one))
      expect(Object.keys(description.components.securitySchemes)).toEqual(expect.arrayContaining(schemes))
      const isForAnyone = security.length === 0 || security.some((one) => Object.keys(one).length === 0)
      expect(isForAnyone).toBe(['open', 'optional', 'login'].includes(endpoint.auth))
    })

    test('says what it answers: its success, and problems', () => {
      const { responses } = operationOf(endpoint)
      const successes = Object.keys(responses).filter((status) => status.startsWith('2'))
      expect(successes).toEqual([endpoint.status, endpoint.statusAgain ?? []].flat().map(String).toSorted())
      for (const status of successes) {
        const schema = responses[status]?.content?.['application/json']?.schema
        expect(schema === undefined).toBe(endpoint.response === undefined)
      }
      for (const [status, response] of Object.entries(responses).filter(([one]) => Number(one) >= 400)) {
        expect(Object.keys(response.content ?? {})).toEqual(['application/problem+json'])
        const [codes, said] = [response.description.match(/\w+/g) ?? [], Number(status)]
        expect(codes.map((code) => errorCatalogue[code as ErrorCode].status)).toEqual(codes.map(() => said))
      }
      for (const { description: words } of Object.values(responses)) expect(words).toBeTruthy()
    })

    test('names every code with which it really refuses', async () => {
      const token =
        endpoint.auth === 'human' || endpoint.auth === 'register' ? ADMIN_TOKEN : world.owner.token
      const { path, body = {} }: Call = (await rows[name]?.call(world)) ?? { path: '' }
      const isRead = endpoint.method === 'GET'
      const json = { 'content-type': 'application/json' }
      const ask = async (suffix: string, headers: Record<string, string>, sent?: string) => {
        const authorized =
          endpoint.auth === 'open' ? headers : { authorization: `Bearer ${token}`, ...headers }
        const asked = { method: endpoint.method, path: path + suffix, headers: authorized }
        const { status, text } = await rawRequest(
          server.url,
          sent === undefined ? asked : { ...asked, body: sent },
        )
        return status < 400 ? '' : `${status} ${JSON.parse(text).code}`
      }
      const text = JSON.stringify(body)
      const refusals = [
        await ask('', { authorization: 'Bearer garbage', cookie: 'clawdx_session=x' }),
        await ask(path.includes('?') ? '&unknown=1' : '?unknown=1', json, isRead ? undefined : text),
        ...(isRead ? [] : [await ask('', json, '{'), await ask('', { 'content-type': 'text/plain' }, 'x')]),
        ...(isRead
          ? []
          : [await ask('', json, JSON.stringify({ unknown: 1 })), await ask('', json, '"\xff"')]),
        ...(isRead ? [] : [await ask('', json, ' '.repeat(300_000))]),
        ...(isKept(endpoint) ? [await ask('', { ...json, 'idempotency-key': 'x'.repeat(256) }, text)] : []),
      ].filter(Boolean)
      const { responses } = operationOf(endpoint)
      const unsaid = refusals.filter((refusal) => {
        const [status = '', code = ''] = refusal.split(' ')
        return !responses[status]?.description.includes(`\`${code}\``)
      })
      expect(unsaid).toEqual([])
    })
  },
)

test('what a bot, a session and a retry can be refused for is said where it can happen', () => {
  const said = (endpoint: Endpoint, code: ErrorCode) =>
    operationOf(endpoint).responses[errorCatalogue[code].status]?.description.includes(`\`${code}\``) === true
  const rules: [ErrorCode, (endpoint: Endpoint) => boolean][] = [
    [
      'bot_not_active',
      ({ method, auth }) => method !== 'GET' && ['bot', 'bot_or_human', 'register'].includes(auth),
    ],
    [
      'origin_refused',
      ({ method, auth }) => method !== 'GET' && !['open', 'optional', 'api_key'].includes(auth),
    ],
    ['idempotency_in_flight', isKept],
    ['idempotency_key_reused', isKept],
  ]
  for (const [code, isPossible] of rules) {
    const unsaid = endpoints
      .filter((one) => isPossible(one) && !said(one, code))
      .map((one) => `${one.method} ${one.path}`)
    expect({ code, unsaid }).toEqual({ code, unsaid: [] })
  }
})
