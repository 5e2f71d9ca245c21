import { ProblemBody, errorCatalogue } from '@clawdxcraft/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { login } from './accounts.ts'
import { newBot, persona } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { TestResponse, TestServer } from './harness.ts'
import { anything, spoiled, valid } from './schema-arbitrary.ts'
import type { JsonSchema, Known } from './schema-arbitrary.ts'
import { seed } from './seed.ts'

interface Operation {
  readonly operationId: string
  readonly security: readonly Record<string, unknown>[]
  readonly parameters: readonly {
    name: string
    in: 'path' | 'query' | 'header'
    required: boolean
    schema: JsonSchema
  }[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { schema: JsonSchema }>>
  }
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, { schema: object }>> }>
  >
}

interface Target {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** One request as it goes out. */
interface Shot {
  readonly path: Readonly<Record<string, unknown>>
  readonly query: unknown
  readonly body: unknown
  readonly type: string
  readonly key: string | undefined
  readonly actor: 'bot' | 'victim' | 'human' | 'nobody' | 'liar'
}

let server: TestServer
let ada: TestBot
let victim: TestBot
let known: Known
let knownFor: (target: Target) => Known
let components: Record<string, object>
let targets: Target[]
/** Statuses by endpoint. */
const seen = new Map<string, Map<number, number>>()

const PER_KIND = 20
const someTime = fc.constantFrom(undefined, '2026-01-01T00:00:00Z', '2199-12-31T23:59:59.123456+14:00')
const PASSWORD = 'not to be guessed'

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada_x')
  victim = await newBot(server, 'victim_x')
  const post = async (_: unknown, n: number) => (await ada.posts.create({ content: `post ${n} #tag` })).id
  const ids = await Promise.all(Array.from({ length: 30 }, post))
  const doomed = await Promise.all(Array.from({ length: 30 }, post))
  const { id: run } = await ada.runs.create({ brain: 'x' })
  const spare = await newBot(server, 'spare_x')
  const keys: string[] = []
  while (keys.length < 12) keys.push((await server.human.keys.create({ bot: victim.handle })).id)
  const hook = { kind: 'standard', url: 'https://example.org/' } as const
  const hooks = await Promise.all(
    [ada, ada, ada].map((bot) => bot.webhooks.create({ ...hook, events: ['mention'] })),
  )
  const [doomedHook, ...webhooks] = hooks.map(({ id }) => id)
  await server.pool.query(
    `insert into webhook_deliveries (webhook_id, seq, bot_id, actor_id, reasons, state)
     select id, 7, bot_id, bot_id, '{mention}', 'dead' from webhooks`,
  )
  const account = async (_: unknown, n: number) =>
    (await server.human.humans.create({ name: `account_${n}`, password: PASSWORD, role: 'viewer' })).id
  const session = async (_: unknown, n: number) => {
    const { rows } = await server.pool.query<{ id: string }>(
      `insert into human_sessions (session_hash, expires_at)
       values (sha256($1::bytea), now() + interval '1 hour') returning id`,
      [`session ${n}`],
    )
    return rows[0]?.id
  }
  const sessions = await Promise.all(Array.from({ length: 30 }, session))
  const [keptAccount, ...accounts] = await Promise.all(Array.from({ length: 12 }, account))
  await server.human.humans.create({ name: 'own', password: PASSWORD, role: 'viewer' })
  // Apart from those that the other requests are about: nobody answers a hidden post.
  const moderated = await Promise.all(Array.from({ length: 6 }, post))
  await Promise.all(moderated.map((id) => victim.moderation.report({ id, reason: 'spam' })))
  const { next_cursor: cursor } = await ada.feeds.feed({ feed: 'global', limit: '2' })
  const idsOf = (method: string, path: string) => {
    if (path.startsWith('/runs')) return [run]
    if (path.startsWith('/sessions')) return sessions
    if (/\/(hidden|label)$/.test(path)) return moderated
    if (path.startsWith('/webhooks')) return method === 'DELETE' ? [doomedHook] : webhooks
    return method === 'DELETE' && path === '/posts/{id}' ? doomed : ids
  }
  // What is taken away or suspended must not be what the other requests are made with.
  knownFor = ({ method, path }) => {
    // A bot has at most twenty keys, and those of the victim are rotated.
    const bot = path === '/bots/{bot}/keys' ? spare : victim
    return {
      ...known,
      bot: fc.constantFrom(bot.handle, bot.bot.id),
      id: fc.constantFrom(...idsOf(method, path)),
      human: fc.constantFrom(...(method === 'DELETE' ? accounts : [keptAccount, 'account_0'])),
      ...(path === '/humans' && { name: fc.nat(0xffffff).map((number) => `human_${number}`) }),
      // Without name and password it is the token that begins a session.
      ...(path === '/session' && { name: fc.constant(undefined), password: fc.constant(undefined) }),
      key: fc.constantFrom(...(method === 'DELETE' ? keys.slice(6) : keys.slice(0, 6))),
      // A handle cannot change.
      ...(method === 'PATCH' && { persona_yaml: fc.constant(persona(bot.handle)) }),
      // Here it is a time, elsewhere a place in the log.
      ...(/^\/(audit|runs)/.test(path) && {
        since: someTime,
        until: someTime,
        object: fc.constantFrom(...ids, run),
        name: fc.constantFrom(undefined, 'own', 'nobody'),
      }),
      post: fc.constantFrom(...moderated),
      // Without a key nobody is asked.
      ...(path === '/models/test' && { model: fc.constant('anthropic/none') }),
      ...(path.startsWith('/search') && {
        q: fc.constantFrom('hello', '"a post" -x', '#tag from:ada_x', '日本語 has:link', 'since:2026-01-01'),
        limit: fc.integer({ min: 1, max: 20 }).map(String),
      }),
      // Good only where it was given out.
      cursor: path === '/posts/feed' ? fc.constantFrom(cursor) : fc.constant(undefined),
    }
  }
  known = {
    password: fc.constant(PASSWORD),
    current: fc.constant(PASSWORD),
    // Else nobody could write any more.
    writing: fc.constant('on'),
    // Nor is a town to move in.
    wanted: fc.constant('off'),
    post_id: fc.constantFrom(...ids),
    label: fc.constantFrom('spam', 'not safe for work', null),
    handle: fc.constantFrom(victim.handle, `@${victim.handle}`),
    event_id: fc.constantFrom(undefined, null, 'event-1', 'event-2'),
    summary: fc.constantFrom('Rain', 'NO_REPLY'),
    // Signed requests are tested elsewhere.
    webhook: fc.constant(undefined),
    delivery: fc.constant('7'),
    since: fc.constant('0'),
    url: fc.constantFrom('https://example.org/', 'https://example.com/hook'),
    events: fc.subarray(['mention', 'reply', 'quote', 'repost', 'follow'], { minLength: 1 }),
    token: fc.constant('a-token'),
    agent_id: fc.constantFrom('clawdx', null),
    parent_id: fc.constantFrom(...ids, null),
    run_id: fc.constantFrom(run, null),
    followee: fc.constantFrom(victim.handle, victim.bot.id),
    around: fc.constantFrom(victim.handle, victim.bot.id),
    bots: fc.integer({ min: 1, max: 5_000 }).map(String),
    tag: fc.constantFrom('tag', '日本語', '#Tag'),
    limit: fc.integer({ min: 1, max: 100 }).map(String),
    max_tokens: fc.integer({ min: 100, max: 100_000 }).map(String),
    up_to: fc.nat(1_000_000).map(String),
    content: fc.oneof(
      fc.constantFrom('hello', '#tag @ada_x', '日本語 😀'),
      fc.string({ minLength: 1, maxLength: 60 }),
    ),
    api_key: fc.constantFrom(ada.apiKey, victim.apiKey),
    persona_yaml: fc
      .nat(0xffffff)
      .map((number) =>
        persona(`f${number.toString(8).replaceAll(/\d/g, (digit) => 'acdefghk'[Number(digit)] ?? '')}`),
      ),
  }
  const { body } = await server.request('GET', '/openapi.json')
  components = body.components.schemas
  targets = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
  )
})
afterAll(() => server.close())

function schemaOf(operation: Operation, place: 'path' | 'query'): JsonSchema {
  const those = operation.parameters.filter((parameter) => parameter.in === place)
  return {
    type: 'object',
    properties: Object.fromEntries(those.map(({ name, schema }) => [name, schema])),
    required: those.filter(({ required }) => required).map(({ name }) => name),
  }
}

const actors = {
  bot: () => ({ authorization: `Bearer ${ada.token}` }),
  victim: () => ({ authorization: `Bearer ${victim.token}` }),
  human: () => ({ authorization: `Bearer ${ADMIN_TOKEN}` }),
  nobody: () => ({}),
  liar: () => ({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }),
}

/** What the endpoint is made for. */
function validShots(target: Target): fc.Arbitrary<Shot> {
  const { operation } = target
  const here = knownFor(target)
  const isForBots =
    operation.security.some((one) => 'bearer' in one) && !operation.security.some((one) => 'session' in one)
  const json = operation.requestBody?.content['application/json']?.schema
  return fc.record({
    path: valid(schemaOf(operation, 'path'), here) as fc.Arbitrary<Record<string, unknown>>,
    query: valid(schemaOf(operation, 'query'), here),
    body: json ? valid(json, here) : fc.constant(undefined),
    type: fc.constant('application/json'),
    key: fc.constant(undefined),
    actor: isForBots ? fc.constant('bot' as const) : fc.constant('human' as const),
  })
}

/** The same with one or two things wrong. */
function nearShots(target: Target): fc.Arbitrary<Shot> {
  const actor = fc.constantFrom<Shot['actor']>('bot', 'bot', 'victim', 'human', 'nobody', 'liar')
  return validShots(target).chain((shot) =>
    fc.oneof(
      spoiled(shot.query).map((query) => ({ ...shot, query })),
      spoiled(shot.body ?? {}).map((body) => ({ ...shot, body })),
      spoiled(shot.path).map((path) => ({ ...shot, path: { ...shot.path, ...(path as object) } })),
      fc
        .tuple(actor, spoiled(shot.body ?? {}), fc.constantFrom('', '"', 'k', 'x'.repeat(300)))
        .map(([who, body, key]) => ({ ...shot, actor: who, body, key })),
    ),
  )
}

function wildShots({ operation }: Target): fc.Arbitrary<Shot> {
  const steps = operation.parameters.filter((parameter) => parameter.in === 'path')
  return fc.record({
    path: fc.record(Object.fromEntries(steps.map(({ name }) => [name, anything]))),
    query: fc.oneof(fc.constant({}), fc.dictionary(fc.string(), anything, { maxKeys: 4 })),
    body: fc.oneof(
      anything,
      fc.constant(undefined),
      fc.constantFrom('{', '[[[[', '\0', '"', '%YAML 1.2', '- '.repeat(900), '--x\r\n'),
    ),
    type: fc.constantFrom(
      'application/json',
      'application/json',
      'application/yaml',
      'multipart/form-data; boundary=x',
      'text/html',
      '',
    ),
    key: fc.constantFrom(undefined, 'one', '""'),
    actor: fc.constantFrom<Shot['actor']>('bot', 'human', 'victim', 'nobody'),
  })
}

/** As it stands in an address: without halves of pairs, which no address can hold. */
function step(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(text.toWellFormed()).replaceAll('.', '%2E')
}

function queryOf(query: unknown): string {
  const fields = Object.entries((query ?? {}) as object).filter(([, value]) => value !== undefined)
  const pairs = fields.flatMap(([name, value]) => [value].flat().map((one) => `${step(name)}=${step(one)}`))
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

function bodyOf({ body, type }: Shot): string | undefined {
  if (body === undefined) return undefined
  return typeof body === 'string' && type !== 'application/json' ? body.toWellFormed() : JSON.stringify(body)
}

/** What an actor shows; made anew for what ends it, or what the admin token alone cannot do. */
async function credentials(path: string, actor: Shot['actor']): Promise<Record<string, string>> {
  if (path === '/auth/revoke' && actor === 'bot') {
    const { access_token: spent } = await server.human.auth.token({ api_key: ada.apiKey })
    return { authorization: `Bearer ${spent}` }
  }
  if (path === '/session/password' && actor === 'human')
    return { cookie: await login(server, 'own', PASSWORD) }
  return actors[actor]()
}

async function fire(target: Target, shot: Shot): Promise<void> {
  const { method, path, operation } = target
  const url =
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => step(shot.path[name] ?? '')) + queryOf(shot.query)
  const body = method === 'GET' ? undefined : bodyOf(shot)
  const headers = {
    ...(body !== undefined && { 'content-type': shot.type }),
    ...(shot.key !== undefined && { 'idempotency-key': shot.key }),
    ...(await credentials(path, shot.actor)),
  }
  const answer = await server.request(method, url, { headers, ...(body !== undefined && { body }) })
  const name = `${method} ${path}`
  const statuses = seen.get(name) ?? new Map<number, number>()
  seen.set(name, statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1))
  const context = JSON.stringify({
    request: [method, url, headers, body],
    answer: [answer.status, answer.body],
  }).slice(0, 3_000)
  expect(answer.status, context).toBeLessThan(500)
  judge(operation, answer.status, jsonOf(answer), context)
}

/** Lines of JSON are no JSON, and a backup is none. */
function jsonOf({ headers, body }: TestResponse): unknown {
  return /^application\/(x-ndjson|gzip)/.test(headers.get('content-type') ?? '') ? undefined : body
}

// Of what never reached the endpoint.
const EVERYWHERE = new Set([
  'bad_request',
  'not_found',
  'method_not_allowed',
  'uri_too_long',
  'headers_too_large',
])

/** The answer is one that the description announces, in the shape that it gives. */
function judge(operation: Operation, status: number, body: unknown, context: string): void {
  if (status >= 400) {
    const { code } = ProblemBody.parse(body)
    const described = operation.responses[String(status)]?.description ?? ''
    expect(EVERYWHERE.has(code) || described.includes(`\`${code}\``), context).toBe(true)
    return expect(errorCatalogue[code].status, context).toBe(status)
  }
  const described = operation.responses[String(status)]
  expect(described, context).toBeDefined()
  const schema = described?.content?.['application/json']?.schema
  if (!schema) return expect(body, context).toBeUndefined()
  expect(compiled(schema).safeParse(body).error?.issues, context).toBeUndefined()
}

const schemas = new Map<object, z.ZodType>()

function compiled(schema: object): z.ZodType {
  const known = schemas.get(schema)
  if (known) return known
  const whole = JSON.stringify({ ...schema, $defs: components }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  )
  const made = z.fromJSONSchema(JSON.parse(whole) as Parameters<typeof z.fromJSONSchema>[0])
  schemas.set(schema, made)
  return made
}

/** A dozen at a time, in an order of their own. */
async function fireAll(shots: readonly (readonly [Target, Shot])[]): Promise<void> {
  const waiting = [...shots]
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await fire(...next)
  }
  await Promise.all(Array.from({ length: 12 }, worker))
}

const kinds = { valid: validShots, 'nearly valid': nearShots, wild: wildShots }

describe.each(Object.entries(kinds))('%s requests', (_name, make) => {
  test('are answered as the description says, and never with a 5xx', async () => {
    const shots = targets.flatMap((target, index) =>
      fc
        .sample(make(target), { seed: seed + index, numRuns: PER_KIND })
        .map((shot) => [target, shot] as const),
    )
    await fireAll(shots)
  })
})

test('that was enough of everything', () => {
  const total = [...seen.values()]
    .flatMap((statuses) => [...statuses.values()])
    .reduce((sum, count) => sum + count, 0)
  expect(total).toBe(targets.length * PER_KIND * 3)
  expect(total).toBeGreaterThanOrEqual(1_500)
  // Each endpoint must have done its work and have refused something, or its requests were all alike.
  for (const [name, statuses] of seen) {
    const codes = [...statuses.keys()]
    expect([name, codes.some((code) => code < 300), codes.some((code) => code >= 400)]).toEqual([
      name,
      true,
      true,
    ])
  }
})

test('the server is well, and its counters are right', async () => {
  expect((await server.request('GET', '/readyz')).status).toBe(200)
  const { rows } = await server.pool.query(
    `select 1 from posts p where deleted_at is null and
       (like_count, reply_count) is distinct from
       ((select count(*) from likes where post_id = p.id), (select count(*) from posts c where c.parent_id = p.id and c.deleted_at is null))`,
  )
  expect(rows).toEqual([])
})
