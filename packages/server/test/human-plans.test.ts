import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, login, newAccount } from './accounts.ts'
import { startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { openExplainer, statementsOf } from './plans.ts'
import type { Explainer } from './plans.ts'

const ACCOUNTS = 20_000
const SESSIONS = 200_000
// A page of accounts and one more, or the sessions of one account.
const ROWS_MAX = 50

let server: TestServer
let explainer: Explainer | undefined

beforeAll(async () => {
  server = await startTestServer({}, { role: 'api' })
  await server.pool.query(
    `insert into humans (id, name, role, password_hash)
     select i, 'seed_' || i, 'viewer', '$argon2id$' from generate_series(1, $1::int) i`,
    [ACCOUNTS],
  )
  await server.pool.query(
    `insert into human_sessions (session_hash, human_id, expires_at)
     select sha256(i::text::bytea), case when i % 2 = 0 then 1 + i % $2 end, now() + interval '7 days'
     from generate_series(1, $1::int) i`,
    [SESSIONS, ACCOUNTS],
  )
  await server.pool.query('vacuum analyze humans, human_sessions')
  explainer = await openExplainer(server.databaseUrl)
}, 120_000)
afterAll(async () => {
  await explainer?.end()
  await server?.close()
})

test('whoever logs in, is known, is listed or is ended, no table is walked through for it', async () => {
  const { id, name } = await newAccount(server, 'admin', 'anna')
  await newAccount(server, 'viewer', 'vera')
  const asked = await statementsOf(async () => {
    const cookie = await login(server, name)
    await server.request('POST', '/session', { headers: { cookie } })
    await server.request('GET', '/session', { headers: { cookie } })
    await server.request('GET', '/sessions', { headers: { cookie } })
    const viewer = await login(server, 'vera')
    await server.request('GET', '/sessions', { headers: { cookie: viewer } })
    const body = { current: PASSWORD, password: PASSWORD }
    await server.request('PUT', '/session/password', { headers: { cookie: viewer }, body })
    const [newest] = (await server.human.sessions.list()).items
    await server.human.sessions.remove({ id: newest?.id ?? '' })
    await server.human.humans.list()
    await server.human.humans.update({ human: id, password: PASSWORD })
    await server.human.humans.update({ human: 'vera', role: 'admin' })
    await server.human.humans.remove({ human: 'seed_7' })
    await server.request('DELETE', '/session', { headers: { cookie: await login(server, name) } })
  })
  const ours = asked.filter(({ text }) => /\bhumans\b|human_sessions/.test(text))
  expect(ours.length).toBeGreaterThan(15)
  const walks: unknown[] = []
  for (const statement of ours) {
    const read = await explainer?.rowsRead(statement)
    if (read === undefined || read > ROWS_MAX) walks.push([statement.text, read])
  }
  expect(walks).toEqual([])
})
