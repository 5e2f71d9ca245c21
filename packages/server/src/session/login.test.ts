import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { PASSWORD, login, newAccount } from '../../test/accounts.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  await newAccount(server, 'admin', 'anna')
  await newAccount(server, 'viewer', 'vera')
})
afterAll(() => server.close())
afterEach(() => vi.restoreAllMocks())

const ask = (name: unknown, password: unknown, headers: Record<string, string> = {}, token?: string) =>
  server.request('POST', '/session', { body: { name, password }, headers, token })
const whoIs = async (cookie: string) =>
  (await server.request('GET', '/session', { headers: { cookie } })).body.human

describe('name and password', () => {
  test('buy a cookie like that of the admin token, for who the account is', async () => {
    const { status, headers, body } = await ask('anna', PASSWORD)
    expect({ status, body }).toEqual({ status: 201, body: { expires_at: expect.any(String) } })
    expect(headers.get('set-cookie')).toMatch(
      /^clawdx_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/,
    )
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(await whoIs(cookie)).toEqual({ name: 'anna', role: 'admin', expires_at: body.expires_at })
    expect(await whoIs(await login(server, 'vera'))).toMatchObject({ name: 'vera', role: 'viewer' })
  })

  test('are the same however the name is written and the password composed', async () => {
    const password = 'cafés on the ﬁrst floor'
    await server.human.humans.create({ name: 'cara', password, role: 'viewer' })
    for (const typed of [password, password.normalize('NFD'), 'cafe\u0301s on the first floor'])
      expect((await ask('CARA', typed)).status).toBe(201)
    expect((await ask('cara', password.toUpperCase())).status).toBe(401)
  })

  test('log in for who is known already, as somebody else', async () => {
    const cookie = await login(server, 'anna')
    const answers = [await ask('vera', PASSWORD, { cookie }), await ask('vera', PASSWORD, {}, ADMIN_TOKEN)]
    for (const { headers } of answers)
      expect(await whoIs(headers.get('set-cookie')?.split(';')[0] ?? '')).toMatchObject({ name: 'vera' })
    const { items } = await server.human.audit.list({ action: 'session.create', limit: '1' })
    expect(items[0]?.metadata_json).toEqual({ by: 'human', name: 'vera' })
  })

  test('log in past the cookie of a session that has ended', async () => {
    const ended = await login(server, 'anna')
    await server.request('DELETE', '/session', { headers: { cookie: ended } })
    expect((await ask('anna', PASSWORD, { cookie: ended })).status).toBe(201)
    expect((await server.request('POST', '/session', { headers: { cookie: ended } })).status).toBe(401)
  })

  test('do not log in a bot, nor beside a bad token, nor for another site', async () => {
    const before = await tableDigests(server.pool)
    expect((await ask('anna', PASSWORD, {}, ada.token)).status).toBe(403)
    expect((await ask('anna', PASSWORD, {}, 'garbage')).status).toBe(401)
    const foreign = [
      ['origin', 'http://evil.example'],
      ['origin', 'null'],
      ['sec-fetch-site', 'cross-site'],
    ]
    for (const header of foreign) {
      const { body } = await ask('anna', PASSWORD, Object.fromEntries([header]))
      expect(body.code).toBe('origin_refused')
    }
    expect(await tableDigests(server.pool)).toEqual(before)
    expect((await ask('anna', PASSWORD, { origin: server.url })).status).toBe(201)
  })

  test.each([
    [{ name: 'anna' }, ['body', 'password']],
    [{ password: PASSWORD }, ['body', 'name']],
    [{ name: 'anna', password: '' }, ['body', 'password']],
    [{ name: 7, password: PASSWORD }, ['body', 'name']],
    [{ name: 'anna', password: PASSWORD, role: 'admin' }, ['body', 'role']],
  ])('are asked for together: %j', async (body, loc) => {
    const answer = await server.request('POST', '/session', { body, token: ADMIN_TOKEN })
    expect([answer.status, answer.body.errors[0].loc]).toEqual([422, loc])
  })

  test('of fifty at once make fifty sessions', async () => {
    const cookies = await Promise.all(Array.from({ length: 50 }, () => login(server, 'vera')))
    expect(new Set(cookies).size).toBe(50)
    const known = await Promise.all(cookies.map(whoIs))
    expect(known.every((human) => human?.name === 'vera')).toBe(true)
  })
})

describe('guessing', () => {
  test('learns nothing about which names there are', async () => {
    const { passwords } = server.server.context
    const { inTurn } = passwords
    const verified: boolean[] = []
    vi.spyOn(passwords, 'inTurn').mockImplementation((work) =>
      inTurn((verify) =>
        work(async (password, hash) => {
          const isRight = await verify(password, hash)
          verified.push(isRight)
          return isRight
        }),
      ),
    )
    const answers = [
      await ask('anna', 'not the password'),
      await ask('nobody', 'not the password'),
      await ask('x', PASSWORD),
      await ask('a\0', PASSWORD),
      await ask("' or true --", PASSWORD),
    ]
    const seen = answers.map(({ status, headers, body }) => {
      const { request_id: _id, ...rest } = body
      return { status, challenge: headers.get('www-authenticate'), cookie: headers.get('set-cookie'), rest }
    })
    expect(seen[0]).toMatchObject({ status: 401, challenge: 'Bearer', cookie: null })
    expect(seen[0]?.rest.code).toBe('invalid_credentials')
    expect(seen).toEqual(seen.map(() => seen[0]))
    // As much was done for a name that nobody has.
    expect(verified).toEqual([false, false, false, false, false])
  })

  test.each(['guessed', 'nobody_at_all'])('has ten tries at %s, also all at once', async (name) => {
    if (name === 'guessed') await newAccount(server, 'viewer', name)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(name, `guess number ${index}`)),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(40)
    // The right one comes too late, in capitals too, and is told when to come back.
    for (const late of [await ask(name, PASSWORD), await ask(name.toUpperCase(), PASSWORD)]) {
      expect([late.status, late.body.code]).toEqual([429, 'rate_limited'])
      const seconds = Number(late.headers.get('retry-after'))
      expect(seconds > 60 && seconds <= 900, `${seconds} seconds`).toBe(true)
    }
    // Others are not kept out with it.
    expect((await ask('anna', PASSWORD)).status).toBe(201)
  })

  test('is counted for who comes in by the right one in between', async () => {
    await newAccount(server, 'viewer', 'tried')
    for (let turn = 0; turn < 10; turn++) {
      expect((await ask('tried', 'not the password')).status).toBe(401)
      if (turn < 9) expect((await ask('tried', PASSWORD)).status).toBe(201)
    }
    expect((await ask('tried', PASSWORD)).status).toBe(429)
  })
})

describe('who this is', () => {
  const get = async (at: TestServer, options = {}) => {
    const { status, headers, body } = await at.request('GET', '/session', options)
    return { status, cookie: headers.get('set-cookie'), body }
  }
  const nobody = { human: null, may_watch: false, open_registration: false }

  test('is told to everybody', async () => {
    expect(await get(server)).toEqual({ status: 200, cookie: null, body: nobody })
    expect((await get(server, { token: ada.token })).body).toEqual(nobody)
    expect((await get(server, { token: ADMIN_TOKEN })).body).toEqual({
      human: { name: null, role: 'admin', expires_at: null },
      may_watch: true,
      open_registration: false,
    })
    const cookie = await login(server, 'vera')
    expect((await get(server, { headers: { cookie } })).body).toMatchObject({
      human: { name: 'vera', role: 'viewer', expires_at: expect.any(String) },
      may_watch: true,
    })
  })

  test('of a session that has ended is nobody, and the cookie goes', async () => {
    const cookie = await login(server, 'vera')
    await server.request('DELETE', '/session', { headers: { cookie } })
    expect(await get(server, { headers: { cookie } })).toEqual({
      status: 200,
      cookie: 'clawdx_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
      body: nobody,
    })
  })

  test('is not told for a bad token', async () => {
    const cookie = await login(server, 'vera')
    expect((await get(server, { token: 'garbage', headers: { cookie } })).status).toBe(401)
  })

  test('comes with what is open here', async () => {
    const open = await startTestServer(
      { CLAWDX_PUBLIC_DASHBOARD: 'on', CLAWDX_OPEN_REGISTRATION: 'on' },
      { databaseUrl: server.databaseUrl, role: 'api' },
    )
    const { body } = await get(open)
    await open.close()
    expect(body).toEqual({ human: null, may_watch: true, open_registration: true })
  })
})
