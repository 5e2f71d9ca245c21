import { createHash, randomBytes } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import type { Auth, HumanRole } from '@clawdxcraft/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import { openForge } from './forged-tokens.ts'
import { ADMIN_TOKEN, endpoints, startTestServer } from './harness.ts'
import type { TestResponse } from './harness.ts'
import { rows } from './route-rows.ts'
import type { Call, Row, World } from './route-rows.ts'
import { tableDigests } from './tables.ts'

let world: World
/** `GET /bots/:bot` for everything that the running server answers. */
const mounted: { readonly name: string; readonly auth: string | undefined }[] = []
/** Ids of the accounts of humans, by role. */
const accounts: Partial<Record<HumanRole, string>> = {}
const refused: Record<string, Record<string, string>> = {}
let documented: Record<string, Record<string, { responses: Record<string, unknown> }>>

beforeAll(async () => {
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat()) mounted.push({ name: `${one} ${url}`, auth: config?.auth })
    })
  }
  const initialization = channel('fastify.initialization')
  initialization.subscribe(listen)
  // Without its loops nothing but a request writes.
  const server = await startTestServer({}, { role: 'api' })
  initialization.unsubscribe(listen)
  world = {
    server,
    owner: await newBot(server, 'owner_x'),
    other: await newBot(server, 'other_x'),
    idle: await newBot(server),
  }
  documented = (await server.request('GET', '/openapi.json')).body.paths
  for (const role of ['viewer', 'admin'] as const) {
    const { id } = await server.human.humans.create({ name: role, password: 'not to be guessed', role })
    accounts[role] = id
  }
  await makeBadTokens()
})
afterAll(() => world.server.close())

/** Tokens that no endpoint takes. All but the last three stand in the table of issued ones. */
async function makeBadTokens(): Promise<void> {
  const { server, owner } = world
  const forge = await openForge(server, owner)
  const now = Math.floor(Date.now() / 1000)
  const planted = {
    'alg none': forge.make({ header: { alg: 'none' }, hash: undefined }),
    expired: forge.make({ claims: { iat: now - 1000, exp: now - 100 } }),
    'of another key': forge.make({ key: Buffer.alloc(32, 7) }),
    'for another audience': forge.make({ claims: { aud: 'another-api' } }),
    'of another issuer': forge.make({ claims: { iss: 'another' } }),
    'of another type': forge.make({ header: { typ: 'JWT' } }),
  }
  for (const token of Object.values(planted)) await forge.plant(token)
  const ended = forge.make()
  await forge.plant(ended, -1)
  const revoked = await freshToken()
  await server.request('POST', '/auth/revoke', { token: revoked })
  const bad = {
    ...planted,
    'ended in the table': ended,
    revoked,
    'never issued': forge.make(),
    garbage: 'garbage',
    'an API key': owner.apiKey,
  }
  for (const [name, token] of Object.entries(bad)) refused[name] = { authorization: `Bearer ${token}` }
  refused['another scheme'] = {
    authorization: `Basic ${Buffer.from(`owner:${owner.apiKey}`).toString('base64')}`,
  }
  refused['an unknown session'] = { cookie: 'clawdx_session=unknown' }
  // What was made above must be bad for the one reason that it is named after.
  const good = forge.make()
  await forge.plant(good)
  expect((await server.request('GET', '/bots', { token: good })).status).toBe(200)
}

async function freshToken(bot = world.owner): Promise<string> {
  const { body } = await world.server.request('POST', '/auth/token', { headers: { 'x-api-key': bot.apiKey } })
  return body.access_token
}

async function freshSession(): Promise<Record<string, string>> {
  const { headers } = await world.server.request('POST', '/session', { token: ADMIN_TOKEN })
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' }
}

/** As logging in makes one, without its work: the matrix makes hundreds. */
const sessionOf = (role: HumanRole) => async () => {
  const secret = randomBytes(32).toString('base64url')
  await world.server.pool.query(
    "insert into human_sessions (session_hash, human_id, expires_at) values ($1, $2, now() + interval '1 hour')",
    [createHash('sha256').update(secret).digest(), accounts[role]],
  )
  return { cookie: `clawdx_session=${secret}` }
}

type Verdict = 'ok' | 401 | 403

/** What each rule answers to whom. */
const rules: Record<Auth, Record<'nobody' | 'bad' | 'bot' | 'human', Verdict>> = {
  open: { nobody: 'ok', bad: 'ok', bot: 'ok', human: 'ok' },
  optional: { nobody: 'ok', bad: 401, bot: 'ok', human: 'ok' },
  bot: { nobody: 401, bad: 401, bot: 'ok', human: 403 },
  human: { nobody: 401, bad: 401, bot: 403, human: 'ok' },
  bot_or_human: { nobody: 401, bad: 401, bot: 'ok', human: 'ok' },
  register: { nobody: 401, bad: 401, bot: 'ok', human: 'ok' },
  api_key: { nobody: 401, bad: 401, bot: 401, human: 401 },
  admin: { nobody: 401, bad: 401, bot: 403, human: 'ok' },
  login: { nobody: 401, bad: 401, bot: 403, human: 'ok' },
}

/** A viewer passes where humans do, to look. */
function viewerVerdict(row: Row, method: string): Verdict {
  const { human } = rules[row.auth]
  const mayPass = row.auth !== 'admin' && (method === 'GET' || row.viewers === true)
  return human === 'ok' && !mayPass ? 403 : human
}

interface Caller {
  readonly name: string
  readonly expected: number
  prepare(): Promise<Record<string, string>>
}

/** Those who get past the rule somewhere, each with credentials of their own that no other call has used up. */
function callersOf(row: Row, method: string): Caller[] {
  const rule = rules[row.auth]
  const status = (verdict: Verdict) => (verdict === 'ok' ? row.ok : verdict)
  const isWrite = method !== 'GET'
  const asBot = async (bot = world.owner) => ({ authorization: `Bearer ${await freshToken(bot)}` })
  const inState = (state: string) => async () => {
    const headers = await asBot()
    await world.server.pool.query('update bots set status = $2 where id = $1', [world.owner.bot.id, state])
    return headers
  }
  const withoutAccount = row.needsAccount ? 403 : status(rule.human)
  const isBlocked = isWrite && !row.isDoor && rule.bot === 'ok'
  return [
    {
      name: 'a human',
      expected: withoutAccount,
      prepare: () => Promise.resolve({ authorization: `Bearer ${ADMIN_TOKEN}` }),
    },
    { name: 'a session', expected: row.auth === 'api_key' ? 401 : withoutAccount, prepare: freshSession },
    {
      name: 'a session that another site uses',
      expected: isWrite && row.auth !== 'api_key' ? 403 : status(rule.human),
      prepare: async () => ({ ...(await freshSession()), origin: 'http://evil.example' }),
    },
    { name: 'an admin with an account', expected: status(rule.human), prepare: sessionOf('admin') },
    { name: 'a viewer', expected: status(viewerVerdict(row, method)), prepare: sessionOf('viewer') },
    { name: 'the bot', expected: status(rule.bot), prepare: asBot },
    {
      name: 'another bot',
      expected: row.foreign !== 'anyone' && rule.bot === 'ok' ? row.foreign : status(rule.bot),
      prepare: () => asBot(world.other),
    },
    {
      name: 'the bot while it is paused',
      expected: isBlocked && row.auth !== 'bot_or_human' ? 403 : status(rule.bot),
      prepare: inState('paused'),
    },
    {
      name: 'the bot while it is suspended',
      expected: isBlocked ? 403 : status(rule.bot),
      prepare: inState('suspended'),
    },
  ]
}

async function call(
  method: string,
  { path, body }: Call,
  headers: Record<string, string>,
): Promise<TestResponse> {
  return world.server.request(method, path, { headers, ...(body !== undefined && { body }) })
}

/** The answer in words: what was wrong with it beside its status, if anything was. */
function summary(name: string, response: TestResponse): string {
  const { status, headers } = response
  const [method = '', path = ''] = name.split(' ')
  const faults: string[] = []
  const challenge = headers.get('www-authenticate')
  if (status === 401 && !challenge?.startsWith('Bearer')) faults.push('without WWW-Authenticate')
  if (status !== 401 && challenge !== null) faults.push('with WWW-Authenticate')
  const operation = documented[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  if (operation && !Object.hasOwn(operation.responses, String(status)))
    faults.push('which /openapi.json does not tell')
  return [status, ...faults].join(', ')
}

/** `fetch` and the schemas of the harness have no use for HEAD; its status must be that of GET. */
async function headStatus({ path }: Call, headers: Record<string, string>): Promise<string> {
  const { status } = await fetch(`${world.server.url}${path}`, {
    method: 'HEAD',
    headers,
    redirect: 'manual',
  })
  return String(status)
}

describe('the table of routes', () => {
  test('has a row for every route that the server mounts, and no others', () => {
    // Fastify adds a HEAD to each GET; preflights are answered by the CORS plugin.
    const names = mounted
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('HEAD ') && name !== 'OPTIONS *')
    expect(names.length).toBeGreaterThan(40)
    expect(Object.keys(rows).toSorted()).toEqual(names.toSorted())
  })

  test('has a row for every endpoint of the protocol, with the same rule', () => {
    const said = endpoints.map(({ method, path, auth }) => [`${method} ${path}`, auth])
    expect(said).toEqual(said.map(([name]) => [name, rows[name ?? '']?.auth]))
  })

  test('has the rule of every mounted route, and of its HEAD', () => {
    const guarded = mounted.filter(({ name }) => name !== 'OPTIONS *')
    expect(guarded).toEqual(
      guarded.map(({ name }) => ({ name, auth: rows[name.replace(/^HEAD/, 'GET')]?.auth })),
    )
  })
})

describe.each(Object.entries(rows))('%s', (name, row) => {
  const method = name.split(' ')[0] ?? ''

  test('refuses whoever brings no token or a bad one, and writes nothing', async () => {
    const asked = await row.call(world)
    const before = await tableDigests(world.server.pool)
    const answers: Record<string, string> = {}
    const expected: Record<string, string> = {}
    const strangers = Object.entries({ 'no token': {}, ...refused })
    for (const [kind, headers] of strangers.filter(([kind]) => !isTaken(row, kind))) {
      const verdict = rules[row.auth][kind === 'no token' ? 'nobody' : 'bad']
      answers[kind] = summary(name, await call(method, asked, headers))
      expected[kind] = String(verdict === 'ok' ? row.ok : verdict)
      if (method !== 'GET') continue
      answers[`HEAD, ${kind}`] = await headStatus(asked, headers)
      expected[`HEAD, ${kind}`] = expected[kind]
    }
    expect(answers).toEqual(expected)
    expect(await tableDigests(world.server.pool)).toEqual(before)
  })

  test('lets in whom its rule names, nobody else, and nobody to what is another’s', async () => {
    const answers: Record<string, string> = {}
    const expected: Record<string, string> = {}
    for (const caller of callersOf(row, method)) {
      const asked = await row.call(world)
      const headers = await caller.prepare()
      const ask = async () => summary(name, await call(method, asked, headers))
      const isRefusedWrite = method !== 'GET' && caller.expected >= 400
      answers[caller.name] = isRefusedWrite ? await withoutWriting(ask) : await ask()
      expected[caller.name] = String(caller.expected)
      await world.server.pool.query("update bots set status = 'active'")
    }
    expect(answers).toEqual(expected)
  })
})

/** Where an API key is not a bad token, or a session that has ended is none. */
function isTaken(row: Row, kind: string): boolean {
  if (row.forgivesCookie) return kind === 'an unknown session'
  return (row.auth === 'api_key' || row.takesKeys === true) && kind === 'an API key'
}

async function withoutWriting(ask: () => Promise<string>): Promise<string> {
  const before = JSON.stringify(await tableDigests(world.server.pool))
  const answer = await ask()
  return JSON.stringify(await tableDigests(world.server.pool)) === before
    ? answer
    : `${answer}, but something was written`
}
