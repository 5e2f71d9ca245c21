import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { login, newAccount } from '../../test/accounts.ts'
import { newBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  await newAccount(server, 'admin', 'anna')
  await newAccount(server, 'viewer', 'vera')
  await newAccount(server, 'viewer', 'vito')
})
afterAll(() => server.close())

const as = (cookie: string, method: string, path: string) =>
  server.request(method, path, { headers: { cookie } })
const isOpen = async (cookie: string) => (await as(cookie, 'GET', '/session')).body.human !== null
const idOf = async (cookie: string): Promise<string> =>
  (await as(cookie, 'GET', '/sessions')).body.items.find(({ is_current: is }: { is_current: boolean }) => is)
    .id
const newest = async () =>
  (await server.human.audit.list({ action: 'session.delete', limit: '1' })).items[0]?.metadata_json

async function byToken(): Promise<string> {
  const { headers } = await server.request('POST', '/session', { token: ADMIN_TOKEN })
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

describe('open sessions', () => {
  test('are listed newest first, in pages, with whose they are, and without what they are known by', async () => {
    const cookies = [await byToken(), await login(server, 'anna'), await login(server, 'vera')]
    const { body } = await as(cookies[1] ?? '', 'GET', '/sessions')
    expect(body.items).toEqual(
      [
        { name: 'vera', role: 'viewer', is_current: false },
        { name: 'anna', role: 'admin', is_current: true },
        { name: null, role: 'admin', is_current: false },
      ].map((session) => ({
        ...session,
        id: expect.stringMatching(/^\d+$/),
        created_at: expect.any(String),
        expires_at: expect.any(String),
      })),
    )
    for (const { created_at: begun, expires_at: ends } of body.items)
      expect(Date.parse(ends) - Date.parse(begun)).toBe(7 * 86_400_000)
    const secrets = cookies.map((cookie) => cookie.split('=')[1] ?? 'none')
    for (const secret of secrets) expect(JSON.stringify(body)).not.toContain(secret)

    const first = await server.human.sessions.list({ limit: '2' })
    const second = await server.human.sessions.list({ limit: '2', cursor: first.next_cursor ?? '' })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      body.items.map(({ id }: { id: string }) => id),
    )
    expect(second.next_cursor).toBeNull()
    // A token is no session.
    expect(first.items.some(({ is_current: is }) => is)).toBe(false)
  })

  test('are a viewer’s own only', async () => {
    const [mine, other] = [await login(server, 'vito'), await login(server, 'vito')]
    await login(server, 'vera')
    const { body } = await as(mine, 'GET', '/sessions')
    expect(
      body.items.map(({ name, is_current: is }: { name: string; is_current: boolean }) => [name, is]),
    ).toEqual([
      ['vito', false],
      ['vito', true],
    ])
    expect(await idOf(other)).toBe(body.items[0].id)
  })

  test('that have run out are not among them', async () => {
    const cookie = await login(server, 'vito')
    const id = await idOf(cookie)
    await server.pool.query("update human_sessions set expires_at = now() - interval '1 s' where id = $1", [
      id,
    ])
    const { items } = await server.human.sessions.list({ limit: '100' })
    expect(items.map((session) => session.id)).not.toContain(id)
    await expect(server.human.sessions.remove({ id })).rejects.toMatchObject({ code: 'session_not_found' })
  })
})

describe('ending', () => {
  test('one ends its cookie and its live feed at once, no other, and is in the audit log', async () => {
    const ada = await newBot(server)
    const [cookie, stays, admin] = [
      await login(server, 'vera'),
      await login(server, 'vera'),
      await login(server, 'anna'),
    ]
    const id = await idOf(cookie)
    const socket = await openFeedSocket(server.url, `/ws/feed?feeds=bot:${ada.handle}`, {
      cookie,
      origin: server.url,
    })
    await socket.next('hello')
    expect((await as(admin, 'DELETE', `/sessions/${id}`)).status).toBe(204)
    expect([await isOpen(cookie), await isOpen(stays)]).toEqual([false, true])
    expect((await socket.closed).code).toBe(4001)
    expect(await newest()).toEqual({ by: 'human', name: 'anna', session: id, human: 'vera' })
    expect((await as(admin, 'DELETE', `/sessions/${id}`)).body.code).toBe('session_not_found')
  })

  test('is for a viewer to do with its own sessions only', async () => {
    const [mine, other, theirs] = [
      await login(server, 'vito'),
      await login(server, 'vito'),
      await login(server, 'vera'),
    ]
    const id = await idOf(theirs)
    const before = await tableDigests(server.pool)
    expect((await as(mine, 'DELETE', `/sessions/${id}`)).body.code).toBe('session_not_found')
    expect(await tableDigests(server.pool)).toEqual(before)
    expect((await as(mine, 'DELETE', `/sessions/${await idOf(other)}`)).status).toBe(204)
    await login(server, 'vito')
    const { body } = await as(mine, 'DELETE', '/sessions')
    expect(body.ended).toBeGreaterThan(0)
    expect([await isOpen(mine), await isOpen(other), await isOpen(theirs)]).toEqual([true, false, true])
    expect((await as(mine, 'GET', '/sessions')).body.items).toHaveLength(1)
  })

  test('all others leaves the one that asks, and no trace where there are none', async () => {
    const cookie = await byToken()
    await login(server, 'vera')
    const { length } = (await server.human.sessions.list({ limit: '100' })).items
    const { body } = await as(cookie, 'DELETE', '/sessions')
    expect(body).toEqual({ ended: length - 1 })
    expect(await newest()).toEqual({ by: 'human', sessions: length - 1 })
    expect((await server.human.sessions.list()).items).toMatchObject([{ name: null }])
    expect(await isOpen(cookie)).toBe(true)
    const before = await tableDigests(server.pool)
    expect((await as(cookie, 'DELETE', '/sessions')).body).toEqual({ ended: 0 })
    expect(await tableDigests(server.pool)).toEqual(before)
    // Who shows a token is in no session that would be left.
    expect(await server.human.sessions.removeOthers()).toEqual({ ended: 1 })
    expect(await isOpen(cookie)).toBe(false)
  })
})
