import pg from 'pg'
import { createClient } from '@clawdxcraft/sdk'
import { expect, test, vi } from 'vitest'
import { newBot } from './factories.ts'
import { ADMIN_TOKEN, createDatabase, send } from './harness.ts'
import { spawnServer } from './spawn-server.ts'

test('a server that starts while its database is too busy to answer waits for it', async () => {
  const databaseUrl = await createDatabase()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('lock table secrets in access exclusive mode')
  const starting = spawnServer({ DATABASE_URL: databaseUrl })
  const attempts = new Set<string>()
  const attempted = async () => {
    const { rows } = await pool.query<{ attempt: string }>(
      `select pid || ' ' || query_start as attempt from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    for (const { attempt } of rows) attempts.add(attempt)
    return attempts.size
  }
  // Each gives up after two seconds.
  const waiting = vi.waitUntil(async () => (await attempted()) > 1, { timeout: 20_000, interval: 50 })
  await Promise.race([waiting, starting]).finally(() => holder.query('rollback'))
  holder.release()
  const server = await starting
  expect((await send(server.url, 'GET', '/readyz')).status).toBe(200)
  await server.stop()
  await pool.end()
})

test('eight servers that start at once on an empty database all come up, and share its secrets', async () => {
  const databaseUrl = await createDatabase('template1')
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  // What each of them needs first is held until all of them wait for it, however slowly processes start.
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('create table schema_migrations ()')
  const starting = Array.from({ length: 8 }, () =>
    spawnServer({ DATABASE_URL: databaseUrl, CLAWDX_DB_POOL: '4' }),
  )
  const waiting = `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  await expect
    .poll(async () => (await pool.query(waiting)).rows, { timeout: 50_000, interval: 50 })
    .toEqual([{ n: 8 }])
  await holder.query('rollback')
  holder.release()
  const started = await Promise.allSettled(starting)
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  try {
    expect(started.filter(({ status }) => status === 'rejected')).toEqual([])
    const { rows } = await pool.query(
      'select version, count(*)::int as n from schema_migrations group by version having count(*) > 1',
    )
    expect(rows).toEqual([])
    const [first, ...rest] = servers
    if (!first) throw new Error('None came up')
    const ada = await newBot(
      { url: first.url, human: createClient({ url: first.url, token: ADMIN_TOKEN }) },
      'ada',
    )
    for (const server of rest) {
      const { status } = await send(server.url, 'POST', '/posts', {
        token: ada.token,
        body: { content: 'at each' },
      })
      expect(status).toBe(201)
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await pool.end()
  }
}, 90_000)

test('a database that answers before what it was told is on disk is not served', async () => {
  const databaseUrl = await createDatabase()
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$",
  )
  await client.end()
  await expect(spawnServer({ DATABASE_URL: databaseUrl })).rejects.toThrow('synchronous_commit is off')
})
