import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { RequestOptions, TestResponse, TestServer } from '../../test/harness.ts'
import { dumpTables, tableDigests } from '../../test/tables.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

const buy = (options: RequestOptions): Promise<TestResponse> => server.request('POST', '/auth/token', options)
const hashOf = (token: string) => createHash('sha256').update(token).digest()
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

async function jwtHashOf({ bot }: TestBot): Promise<string | undefined> {
  const { rows } = await server.pool.query<{ jwt_hash: string }>('select jwt_hash from bots where id = $1', [
    bot.id,
  ])
  return rows[0]?.jwt_hash
}

describe('POST /auth/token', () => {
  test.each<[string, (key: string) => RequestOptions]>([
    ['in the body', (key) => ({ body: { api_key: key } })],
    ['as Bearer', (key) => ({ token: key })],
    ['as X-API-Key', (key) => ({ headers: { 'x-api-key': key } })],
    ['as X-API-Key beside an empty object', (key) => ({ headers: { 'x-api-key': key }, body: {} })],
    ['in the body beside a bad header', (key) => ({ token: 'bad', body: { api_key: key } })],
  ])('takes a key %s', async (_place, options) => {
    const { status, body } = await buy(options(ada.apiKey))
    expect({ status, body }).toEqual({
      status: 200,
      body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 900 },
    })
    expect(claimsOf(body.access_token).sub).toBe(ada.bot.id)
    expect((await server.request('GET', '/runs', { token: body.access_token })).status).toBe(200)
  })

  test.each<[string, string, (key: string) => RequestOptions]>([
    ['no key', 'unauthorized', () => ({})],
    ['an empty object', 'unauthorized', () => ({ body: {} })],
    ['an empty key', 'invalid_api_key', () => ({ body: { api_key: '' } })],
    ['an unknown key', 'invalid_api_key', () => ({ body: { api_key: `clx_${'A'.repeat(43)}` } })],
    ['a key cut short', 'invalid_api_key', (key) => ({ body: { api_key: key.slice(0, -1) } })],
    ['a key with a letter more', 'invalid_api_key', (key) => ({ body: { api_key: `${key}A` } })],
    ['a key in capitals', 'invalid_api_key', (key) => ({ body: { api_key: key.toUpperCase() } })],
    ['a key with a space', 'invalid_api_key', (key) => ({ body: { api_key: `${key} ` } })],
    ['a key with a wildcard', 'invalid_api_key', () => ({ body: { api_key: `clx_${'%'.repeat(43)}` } })],
    ['an unknown key as Bearer', 'invalid_api_key', () => ({ token: `clx_${'A'.repeat(43)}` })],
    ['an unknown key as X-API-Key', 'invalid_api_key', () => ({ headers: { 'x-api-key': 'clx_unknown' } })],
    [
      'an unknown key in the body beside a good header',
      'invalid_api_key',
      (key) => ({ token: key, body: { api_key: 'clx_' } }),
    ],
    ['two keys in one header', 'invalid_api_key', (key) => ({ headers: { 'x-api-key': `${key}, ${key}` } })],
    ['another scheme', 'invalid_token', (key) => ({ headers: { authorization: `Basic ${key}` } })],
    ['the human’s token', 'invalid_api_key', () => ({ token: ADMIN_TOKEN })],
    ['a JWT', 'invalid_api_key', () => ({ token: ada.token })],
  ])('answers 401 to %s', async (_kind, code, options) => {
    const before = await tableDigests(server.pool)
    const { status, headers, body } = await buy(options(ada.apiKey))
    expect({ status, code: body.code }).toEqual({ status: 401, code })
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test.each<[string, RequestOptions, number]>([
    ['a number for a key', { body: { api_key: 7 } }, 422],
    ['null for a key', { body: { api_key: null } }, 422],
    ['an unknown field', { body: { api_key: 'clx_', bot: 'ada' } }, 422],
    ['an unknown query', { headers: { 'x-api-key': 'clx_' } }, 422],
    ['broken JSON', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
    [
      'a form',
      { body: 'api_key=clx_', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
    ],
  ])('refuses %s as what it is', async (kind, options, status) => {
    const path = kind === 'an unknown query' ? '/auth/token?api_key=x' : '/auth/token'
    expect((await server.request('POST', path, options)).status).toBe(status)
  })

  test('gives another token each time, of which several are valid at once', async () => {
    const eve = await newBot(server)
    const bought = await Promise.all(Array.from({ length: 5 }, () => buy({ token: eve.apiKey })))
    const tokens = [eve.token, ...bought.map(({ body }) => body.access_token as string)]
    expect(new Set(tokens).size).toBe(6)
    const reads = await Promise.all(tokens.map((token) => server.request('GET', '/runs', { token })))
    expect(reads.map(({ status }) => status)).toEqual(Array<number>(6).fill(200))
  })

  test('ignores an idempotency key, even an impossible one', async () => {
    const headers = { 'x-api-key': ada.apiKey, 'idempotency-key': 'token-1' }
    const [first, second] = [await buy({ headers }), await buy({ headers })]
    expect(first.body.access_token).not.toBe(second.body.access_token)
    expect(second.headers.get('idempotent-replayed')).toBeNull()
    expect((await buy({ headers: { ...headers, 'idempotency-key': 'x'.repeat(300) } })).status).toBe(200)
    const { rowCount } = await server.pool.query("select 1 from idempotency_keys where key = 'token-1'")
    expect(rowCount).toBe(0)
  })

  test('keeps the hash of each token, of the newest beside its bot, an audit row, and the time of use', async () => {
    const eve = await newBot(server)
    const newest = (await buy({ token: eve.apiKey })).body.access_token as string
    expect(await jwtHashOf(eve)).toBe(hashOf(newest).toString('hex'))
    const { rows } = await server.pool.query(
      `select token_hash, revoked_at, extract(epoch from expires_at - issued_at)::int as seconds
       from issued_tokens where bot_id = $1 order by issued_at`,
      [eve.bot.id],
    )
    const kept = { revoked_at: null, seconds: 900 }
    expect(rows).toEqual([eve.token, newest].map((token) => ({ token_hash: hashOf(token), ...kept })))
    const audit = await server.request('GET', `/audit?bot=${eve.handle}&action=token.issue`, {
      token: ADMIN_TOKEN,
    })
    const { items } = (await server.request('GET', `/bots/${eve.handle}/keys`, { token: newest })).body
    const metadata_json = { by: 'bot', key_id: items[0].id }
    expect(audit.body.items).toMatchObject([{ bot_id: eve.bot.id, metadata_json }, { metadata_json }])
    expect(items[0].last_used_at).toEqual(expect.any(String))
  })

  test('serves a paused bot, so that it can resume, and no suspended one', async () => {
    const eve = await newBot(server)
    await server.human.bots.update({ bot: eve.handle, status: 'paused' })
    expect((await buy({ token: eve.apiKey })).status).toBe(200)
    await server.human.bots.update({ bot: eve.handle, status: 'suspended' })
    const { status, body } = await buy({ token: eve.apiKey })
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'bot_not_active' })
  })
})

describe('a token', () => {
  test('ends after its fifteen minutes', async () => {
    const { token } = await newBot(server)
    // Not read before, so nobody believes it still.
    await server.pool.query(
      "update issued_tokens set expires_at = now() - interval '1 ms' where token_hash = $1",
      [hashOf(token)],
    )
    const { status, body } = await server.request('GET', '/bots', { token })
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'invalid_token' })
  })

  test('is ended by POST /auth/revoke, alone and at once', async () => {
    const eve = await newBot(server)
    const other = (await buy({ token: eve.apiKey })).body.access_token as string
    expect((await server.request('GET', '/runs', { token: eve.token })).status).toBe(200)
    const revoked = await server.request('POST', '/auth/revoke', { token: eve.token })
    expect({ status: revoked.status, body: revoked.body }).toEqual({ status: 204, body: undefined })
    expect((await server.request('GET', '/bots', { token: eve.token })).status).toBe(401)
    expect((await server.request('POST', '/auth/revoke', { token: eve.token })).status).toBe(401)
    expect((await server.request('GET', '/runs', { token: other })).status).toBe(200)
    expect((await buy({ token: eve.apiKey })).status).toBe(200)
    const audit = await server.request('GET', `/audit?bot=${eve.handle}&action=token.revoke`, {
      token: ADMIN_TOKEN,
    })
    expect(audit.body.items).toHaveLength(1)
  })

  test('cannot be revoked by a human, who has none, nor with words in the body', async () => {
    expect((await server.request('POST', '/auth/revoke', { token: ADMIN_TOKEN })).status).toBe(403)
    const { status, body } = await server.request('POST', '/auth/revoke', {
      token: ada.token,
      body: { token: 'x' },
    })
    expect({ status, loc: body.errors[0].loc }).toEqual({ status: 422, loc: ['body', 'token'] })
  })
})

test('no table holds a key, a token or a session that was ever given out', async () => {
  const eve = await newBot(server, 'eve_x')
  const registered = await server.request('POST', '/bots', {
    token: ADMIN_TOKEN,
    headers: { 'idempotency-key': randomUUID() },
    body: { persona_yaml: persona('kept_x') },
  })
  const made = await eve.keys.create({ bot: eve.handle })
  const rotated = await server.request('POST', `/bots/eve_x/keys/${made.id}/rotate`, {
    token: eve.token,
    headers: { 'idempotency-key': randomUUID() },
    body: { grace_seconds: 60 },
  })
  const session = await server.request('POST', '/session', { token: ADMIN_TOKEN })
  const cookie = session.headers.get('set-cookie')?.split(/[=;]/)[1]
  const secrets = [
    eve.apiKey,
    eve.token,
    ada.token,
    registered.body.api_key,
    made.api_key,
    rotated.body.api_key,
    cookie,
    ADMIN_TOKEN,
  ]
  const dump = await dumpTables(server.pool)
  // The dump is one that would show them: it does show their hashes.
  expect(dump).toContain(hashOf(eve.token).toString('hex'))
  expect(dump).toContain('eve_x')
  for (const secret of secrets as string[]) {
    expect(secret.length).toBeGreaterThan(20)
    const bytes = Buffer.from(secret)
    const forms = [
      secret,
      secret.replace('clx_', ''),
      secret.split('.').at(-1) ?? '',
      bytes.toString('hex'),
      bytes.toString('base64'),
    ]
    expect(forms.filter((form) => dump.includes(form))).toEqual([])
  }
})
