import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, login, newAccount } from '../../test/accounts.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { dumpTables, tableDigests } from '../../test/tables.ts'

const OTHER = 'tame horses in a stable'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const change = (cookie: string, current: string, password: string) =>
  server.request('PUT', '/session/password', { headers: { cookie }, body: { current, password } })
const nameOf = async (cookie: string) =>
  (await server.request('GET', '/session', { headers: { cookie } })).body.human?.name as string | undefined

test.each(['viewer', 'admin'] as const)('a %s changes its own, and only this session stays', async (role) => {
  const { name } = await newAccount(server, role)
  const another = await newAccount(server, 'viewer')
  const [cookie, second, theirs] = [
    await login(server, name),
    await login(server, name),
    await login(server, another.name),
  ]
  expect((await change(cookie, PASSWORD, OTHER)).status).toBe(204)
  expect([await nameOf(cookie), await nameOf(second), await nameOf(theirs)]).toEqual([
    name,
    undefined,
    another.name,
  ])
  expect(await nameOf(await login(server, name, OTHER))).toBe(name)
  await expect(login(server, name)).rejects.toThrow('401')
  const { items } = await server.human.audit.list({ action: 'human.update', limit: '1' })
  expect(items[0]?.metadata_json).toEqual({ by: 'human', name, human: name, password_changed: true })
  expect(await dumpTables(server.pool)).not.toContain(OTHER)
})

test('the current one has to be right, and is guessed no faster than at the door', async () => {
  const { name } = await newAccount(server, 'viewer')
  const cookie = await login(server, name)
  const before = await tableDigests(server.pool)
  const answers = await Promise.all(
    Array.from({ length: 14 }, (_, index) => change(cookie, `guess number ${index}`, OTHER)),
  )
  const codes = answers.map(({ body }) => body.code)
  expect(codes.filter((code) => code === 'invalid_credentials')).toHaveLength(10)
  expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(4)
  expect(await tableDigests(server.pool)).toEqual(before)
})

test('a new one that is none is refused before the old one is looked at', async () => {
  const { name } = await newAccount(server, 'viewer')
  const { status, body } = await change(await login(server, name), 'wrong', 'short')
  expect([status, body.errors.map(({ loc }: { loc: string[] }) => loc)]).toEqual([
    422,
    [['body', 'password']],
  ])
})

test('the admin token has none', async () => {
  const body = { current: PASSWORD, password: OTHER }
  const answer = await server.request('PUT', '/session/password', { token: ADMIN_TOKEN, body })
  expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
  expect(answer.body.detail).toContain('admin token')
})
