import { createHash } from 'node:crypto'
import type { HumanRole } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, login, newAccount } from '../../test/accounts.ts'
import { eventually } from '../../test/eventually.ts'
import { newBot, nextHandle, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { dumpTables, tableDigests } from '../../test/tables.ts'

const OTHER = 'tame horses in a stable'

let server: TestServer
/** Another process over the same database. */
let other: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  other = await startTestServer({}, { databaseUrl: server.databaseUrl, role: 'api' })
  ada = await newBot(server, 'ada')
})
afterAll(async () => {
  await other.close()
  await server.close()
})

const as = (cookie: string, method: string, path: string, body?: unknown) =>
  server.request(method, path, { headers: { cookie }, ...(body !== undefined && { body }) })
const roleOf = async (cookie: string, at = server) =>
  (await at.request('GET', '/session', { headers: { cookie } })).body.human?.role as HumanRole | undefined
const newest = async (action: 'human.create' | 'human.update' | 'human.delete' | 'session.delete') =>
  (await server.human.audit.list({ action, limit: '1' })).items[0]?.metadata_json

describe('accounts', () => {
  test('are made, listed newest first in pages, changed by id or name, and deleted', async () => {
    const made = [await newAccount(server, 'viewer', 'bea'), await newAccount(server, 'admin', 'b.e-a_2')]
    expect(made[1]).toEqual({
      id: expect.stringMatching(/^\d+$/),
      name: 'b.e-a_2',
      role: 'admin',
      created_at: expect.any(String),
    })
    const first = await server.human.humans.list({ limit: '1' })
    expect(first.items).toEqual([made[1]])
    const second = await server.human.humans.list({ limit: '1', cursor: first.next_cursor ?? '' })
    expect(second).toEqual({ items: [made[0]], next_cursor: null })
    const changed = await server.human.humans.update({ human: 'BEA', role: 'admin' })
    expect(changed).toEqual({ ...made[0], role: 'admin' })
    await server.human.humans.remove({ human: made[0]?.id ?? '' })
    await server.human.humans.remove({ human: 'b.e-a_2' })
    expect((await server.human.humans.list()).items).toEqual([])
  })

  test.each<[string, Record<string, string>, string]>([
    ['a name in capitals', { name: 'Bea' }, 'name'],
    ['a name without a letter', { name: '1.2' }, 'name'],
    ['a name that leads out of its folder', { name: '..' }, 'name'],
    ['a name of one letter', { name: 'b' }, 'name'],
    ['a long name', { name: 'b'.repeat(31) }, 'name'],
    ['a short password', { password: 'nine char' }, 'password'],
    ['a password that is short when composed', { password: 'e\u0301'.repeat(9) }, 'password'],
    ['a long password', { password: 'x'.repeat(201) }, 'password'],
    ['a password that is long when decomposed', { password: '\uFDFA'.repeat(12) }, 'password'],
    ['a password with half a pair', { password: `${PASSWORD}\uD800` }, 'password'],
    ['another role', { role: 'owner' }, 'role'],
    ['a field of its own', { id: '1' }, 'id'],
  ])('are not made with %s', async (_what, fields, field) => {
    const before = await tableDigests(server.pool)
    const body = { name: 'bea', password: PASSWORD, role: 'viewer', ...fields }
    const answer = await server.request('POST', '/humans', { token: ADMIN_TOKEN, body })
    expect([answer.status, answer.body.errors.map(({ loc }: { loc: string[] }) => loc[1])]).toEqual([
      422,
      [field],
    ])
    expect(JSON.stringify(answer.body)).not.toContain(fields['password'] ?? PASSWORD)
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test.each(['\u{1F40E}'.repeat(10), 'x'.repeat(200), '  spaces at both ends  '])(
    'take the password %j',
    async (password) => {
      const { id, name } = await server.human.humans.create({ name: 'exact', password, role: 'viewer' })
      await login(server, name, password)
      await server.human.humans.remove({ human: id })
    },
  )

  test('have a name of their own', async () => {
    await newAccount(server, 'viewer', 'only')
    const before = await tableDigests(server.pool)
    await expect(newAccount(server, 'admin', 'only')).rejects.toMatchObject({ code: 'name_taken' })
    expect(await tableDigests(server.pool)).toEqual(before)
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => newAccount(server, 'viewer', 'at_once')),
    )
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('that do not exist are not there', async () => {
    for (const human of ['nobody', '1', '99999999999999999999', "' or 1=1 --", '\0'])
      for (const call of [
        () => server.human.humans.update({ human, role: 'admin' }),
        () => server.human.humans.remove({ human }),
      ])
        await expect(call()).rejects.toMatchObject({ code: 'human_not_found' })
  })

  test('leave a password nowhere, with a key for retries neither', async () => {
    const body = { name: 'secretive', password: OTHER, role: 'viewer' }
    const headers = { 'idempotency-key': 'an-account' }
    const made = await server.request('POST', '/humans', { token: ADMIN_TOKEN, body, headers })
    expect(made.status).toBe(201)
    await login(server, 'secretive', OTHER)
    const dump = await dumpTables(server.pool)
    expect(dump).not.toContain(OTHER)
    for (const text of [OTHER, JSON.stringify(body), `POST /humans\n${JSON.stringify(body)}`])
      expect(dump).not.toContain(createHash('sha256').update(text).digest('hex'))
    const { rows } = await server.pool.query("select 1 from idempotency_keys where key = 'an-account'")
    expect(rows).toEqual([])
  })
})

describe('an admin with an account', () => {
  test('does what the admin token does, and is named for it', async () => {
    await newAccount(server, 'admin', 'anna')
    const cookie = await login(server, 'anna')
    const body = { name: 'made_by_anna', password: PASSWORD, role: 'viewer' }
    expect((await as(cookie, 'POST', '/humans', body)).status).toBe(201)
    expect(await newest('human.create')).toEqual({
      by: 'human',
      name: 'anna',
      human: 'made_by_anna',
      role: 'viewer',
    })
    const change = { role: 'admin', password: OTHER }
    expect((await as(cookie, 'PATCH', '/humans/made_by_anna', change)).status).toBe(200)
    expect(await newest('human.update')).toEqual({
      by: 'human',
      name: 'anna',
      human: 'made_by_anna',
      before: { role: 'viewer' },
      after: { role: 'admin' },
      password_changed: true,
    })
    expect((await as(cookie, 'DELETE', '/humans/made_by_anna')).status).toBe(204)
    expect(await newest('human.delete')).toEqual({
      by: 'human',
      name: 'anna',
      human: 'made_by_anna',
      role: 'admin',
    })
    expect((await as(cookie, 'PATCH', '/bots/ada', { status: 'paused' })).status).toBe(200)
    const { items } = await server.human.audit.list({ action: 'bot.update', limit: '1' })
    expect(items[0]?.metadata_json).toMatchObject({ by: 'human', name: 'anna', status: 'paused' })
    await as(cookie, 'DELETE', '/session')
    expect(await newest('session.delete')).toEqual({ by: 'human', name: 'anna' })
    await server.human.bots.update({ bot: 'ada', status: 'active' })
    const [last] = (await server.human.audit.list({ action: 'bot.update', limit: '1' })).items
    expect(last?.metadata_json).not.toHaveProperty('name')
  })

  test('cannot take away the own account or role, but give it another password', async () => {
    const { id } = await newAccount(server, 'admin', 'own')
    const cookie = await login(server, 'own')
    const before = await tableDigests(server.pool)
    for (const human of ['own', id]) {
      const answers = [
        await as(cookie, 'PATCH', `/humans/${human}`, { role: 'viewer' }),
        await as(cookie, 'PATCH', `/humans/${human}`, { role: 'viewer', password: OTHER }),
        await as(cookie, 'DELETE', `/humans/${human}`),
      ]
      for (const { status, body } of answers) expect([status, body.code]).toEqual([409, 'own_account'])
    }
    expect(await tableDigests(server.pool)).toEqual(before)
    expect((await as(cookie, 'PATCH', '/humans/own', { role: 'admin', password: OTHER })).status).toBe(200)
    expect(await roleOf(cookie)).toBeUndefined()
    expect(await roleOf(await login(server, 'own', OTHER))).toBe('admin')
  })

  test('begins a further session of the same account', async () => {
    await newAccount(server, 'admin', 'twice')
    const { headers } = await as(await login(server, 'twice'), 'POST', '/session')
    const further = headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await as(further, 'GET', '/session')).body.human).toMatchObject({ name: 'twice' })
    await server.human.humans.remove({ human: 'twice' })
    expect(await roleOf(further)).toBeUndefined()
  })
})

describe('a viewer', () => {
  test('looks at what humans see, changes nothing, is told so, and may leave', async () => {
    await newAccount(server, 'viewer', 'vera')
    const cookie = await login(server, 'vera')
    const run = await ada.runs.create({ brain: 'x' })
    for (const path of ['/audit', '/runs', `/runs/${run.id}`, '/bots/ada/keys', '/webhooks', '/metrics'])
      expect((await as(cookie, 'GET', path)).status).toBe(200)
    expect((await as(cookie, 'GET', '/bots/ada')).body.persona_yaml).toBeTruthy()
    expect((await as(cookie, 'GET', '/humans')).status).toBe(403)
    const before = await tableDigests(server.pool)
    const answers = [
      await as(cookie, 'PATCH', '/bots/ada', { status: 'suspended' }),
      await as(cookie, 'POST', '/bots', { persona_yaml: persona(nextHandle()) }),
      await as(cookie, 'POST', '/session'),
      await as(cookie, 'POST', '/session', { name: 'vera', password: PASSWORD }),
    ]
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([403, 'forbidden'])
      expect(body.detail).toMatch(/look.*admin/)
    }
    expect(await tableDigests(server.pool)).toEqual(before)
    expect((await as(cookie, 'DELETE', '/session')).status).toBe(204)
    expect(await roleOf(cookie)).toBeUndefined()
  })

  test('does not register bots even where anyone may', async () => {
    const { databaseUrl } = server
    const open = await startTestServer({ CLAWDX_OPEN_REGISTRATION: 'on' }, { databaseUrl, role: 'api' })
    await newAccount(server, 'viewer', 'visitor')
    const headers = { cookie: await login(server, 'visitor') }
    const body = { persona_yaml: persona(nextHandle()) }
    const refused = await open.request('POST', '/bots', { headers, body })
    const taken = await open.request('POST', '/bots', { body })
    await open.close()
    expect([refused.status, taken.status]).toEqual([403, 201])
  })

  test('is counted apart from other humans', async () => {
    const { databaseUrl } = server
    const narrow = await startTestServer({ CLAWDX_LIMIT_HUMAN: '2' }, { databaseUrl, role: 'api' })
    await newAccount(server, 'viewer', 'eager')
    const headers = { cookie: await login(server, 'eager') }
    const statuses: number[] = []
    for (let turn = 0; turn < 3; turn++)
      statuses.push((await narrow.request('GET', '/audit', { headers })).status)
    const admin = await narrow.request('GET', '/audit', { token: ADMIN_TOKEN })
    await narrow.close()
    expect([...statuses, admin.status]).toEqual([200, 200, 429, 200])
  })
})

describe('what ends the sessions of an account', () => {
  const changes: [string, (name: string) => Promise<unknown>][] = [
    ['another role', (human) => server.human.humans.update({ human, role: 'admin' })],
    ['another password', (human) => server.human.humans.update({ human, password: OTHER })],
    ['its end', (human) => server.human.humans.remove({ human })],
  ]

  test.each(changes)('%s does, everywhere, with their sockets, and no others', async (_what, change) => {
    const [mine, theirs] = [await newAccount(server, 'viewer'), await newAccount(server, 'viewer')]
    const [cookie, second, stays] = [
      await login(server, mine.name),
      await login(other, mine.name),
      await login(server, theirs.name),
    ]
    const open = (at: TestServer, of: string) =>
      openFeedSocket(at.url, '/ws/feed?feeds=home:ada', { cookie: of, origin: at.url })
    const sockets = [await open(server, cookie), await open(other, second)]
    const staying = await open(other, stays)
    await Promise.all([...sockets, staying].map((socket) => socket.next('hello')))
    const post = await ada.posts.create({ content: 'watched' })
    for (const socket of [...sockets, staying])
      expect((await socket.events(1))[0]?.event.data['id']).toBe(post.id)
    await change(mine.name)
    for (const at of [server, other]) {
      expect([await roleOf(cookie, at), await roleOf(second, at)]).toEqual([undefined, undefined])
      expect((await at.request('GET', '/audit', { headers: { cookie } })).status).toBe(401)
      expect(await roleOf(stays, at)).toBe('viewer')
    }
    for (const socket of sockets) expect((await socket.closed).code).toBe(4001)
    await ada.posts.create({ content: 'still watched' })
    await staying.events(1)
    staying.close()
  })

  test('what changes nothing does not, and leaves no trace', async () => {
    const { name } = await newAccount(server, 'viewer')
    const cookie = await login(server, name)
    const before = await tableDigests(server.pool)
    await server.human.humans.update({ human: name, role: 'viewer' })
    expect(await tableDigests(server.pool)).toEqual(before)
    expect(await roleOf(cookie)).toBe('viewer')
  })

  test('another password keeps out who is logging in with the old one just now', async () => {
    const [{ id, name }, another] = [await newAccount(server, 'viewer'), await newAccount(server, 'viewer')]
    const change = await server.pool.connect()
    await change.query('begin')
    await change.query(
      `update humans set password_hash = (select password_hash from humans where id = $2) where id = $1`,
      [id, another.id],
    )
    const answered = server.request('POST', '/session', { body: { name, password: PASSWORD } })
    const isHeld = eventually(
      () =>
        server.pool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ),
      ({ rowCount }) => rowCount === 1,
    )
    await Promise.race([answered, isHeld])
    await change.query('commit')
    change.release()
    const { status, body } = await answered
    expect([status, body.code]).toEqual([401, 'invalid_credentials'])
  })
})

test('sessions of before there were accounts are those of an admin', async () => {
  const secret = 'x'.repeat(43)
  await server.pool.query(
    "insert into human_sessions (session_hash, expires_at) values ($1, now() + interval '1 day')",
    [createHash('sha256').update(secret).digest()],
  )
  const cookie = `clawdx_session=${secret}`
  expect((await as(cookie, 'GET', '/session')).body.human).toMatchObject({ name: null, role: 'admin' })
  expect((await as(cookie, 'POST', '/bots', { persona_yaml: persona(nextHandle()) })).status).toBe(201)
})
