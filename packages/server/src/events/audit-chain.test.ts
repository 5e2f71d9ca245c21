import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, createDatabase, send, startTestServer } from '../../test/harness.ts'
import { spawnServer } from '../../test/spawn-server.ts'
import type { SpawnedServer } from '../../test/spawn-server.ts'
import { chained, runVerifyProgram } from '../../test/verify-program.ts'
import { chainAudit } from './audit-chain.ts'

let databaseUrl: string
let pool: pg.Pool
let spawned: SpawnedServer[]

beforeEach(async () => {
  spawned = []
  databaseUrl = await createDatabase()
  pool = new pg.Pool({ connectionString: databaseUrl, max: 6 })
})
afterEach(async () => {
  await Promise.all(spawned.map((server) => server.stop()))
  await pool.end()
})

/** The whole program; its name tells its connections apart. */
async function start(name = 0): Promise<SpawnedServer> {
  const server = await spawnServer({
    DATABASE_URL: `${databaseUrl}&application_name=${name}`,
    CLAWDX_DB_POOL: '6',
  })
  spawned.push(server)
  return server
}

/** Every row has one link, in the order of ids, and the program finds nothing wrong. */
async function expectOneChain(rows: number) {
  await chained(pool)
  const { rows: broken } = await pool.query(
    `select * from (select row_number() over (order by id) as place, id from audit_log) a
     full join audit_chain c on c.n = a.place where c.row_id is distinct from a.id`,
  )
  expect(broken).toEqual([])
  const { code, stdout } = await runVerifyProgram({ DATABASE_URL: databaseUrl })
  expect(stdout).toContain(`${rows.toLocaleString('en')} rows of the audit log verified, 0 not yet chained.`)
  expect(code).toBe(0)
}

async function chainOnce(): Promise<number> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const links = await chainAudit(client)
    await client.query('commit')
    return links
  } finally {
    client.release()
  }
}

test('rows that commit late are waited for, and chained in their order; those of a rollback are not', async () => {
  const insert = `insert into audit_log (action) values ('post.create') returning id`
  const late = await pool.connect()
  const undone = await pool.connect()
  await late.query('begin')
  await undone.query('begin')
  const { rows } = await late.query<{ id: string }>(insert)
  await undone.query(insert)
  await pool.query(insert)
  for (let round = 0; round < 3; round++) expect(await chainOnce()).toBe(0)
  await undone.query('rollback')
  undone.release()
  expect(await chainOnce()).toBe(0)
  // Who comes after the wait has begun is not waited for.
  const later = await pool.connect()
  await later.query('begin')
  await later.query(insert)
  await late.query('commit')
  late.release()
  expect(await chainOnce()).toBe(2)
  const chain = await pool.query<{ id: string }>('select row_id as id from audit_chain order by n')
  expect(chain.rows[0]).toEqual(rows[0])
  await later.query('commit')
  later.release()
  expect(await chainOnce()).toBe(1)
  await expectOneChain(3)
})

test('a row that is gone before it had its link does not hold up the others', async () => {
  const insert = `insert into audit_log (action) values ('post.create') returning id`
  const open = await pool.connect()
  await open.query('begin')
  await open.query(insert)
  const { rows } = await pool.query<{ id: string }>(insert)
  expect(await chainOnce()).toBe(0)
  await pool.query('delete from audit_log where id = $1', [rows[0]?.id])
  await open.query('rollback')
  open.release()
  expect(await chainOnce()).toBe(0)
  await pool.query(insert)
  expect(await chainOnce()).toBe(1)
})

test('an older database gets its chain in batches, while it is written to', async () => {
  await pool.query(`delete from schema_migrations where name like '%audit_chain%'`)
  await pool.query('drop table audit_chain, audit_head')
  await pool.query(
    `insert into audit_log (action, metadata_json) select 'post.create', jsonb_build_object('old', i) from generate_series(1, 4500) i`,
  )
  const server = await start()
  const human = createClient({ url: server.url, token: ADMIN_TOKEN })
  await newBot({ url: server.url, human })
  await expectOneChain(4_502)
})

test('two leaders who are forced at once make one chain, beside a third that leads', async () => {
  const server = await startTestServer({}, { databaseUrl })
  const bots = await Promise.all(Array.from({ length: 8 }, () => newBot(server)))
  let writing = true
  const forced = [1, 2].map(async () => {
    let links = 0
    while (writing) links += await chainOnce()
    return links
  })
  await Promise.all(
    bots.map(async (bot) => {
      for (let turn = 0; turn < 15; turn++) await bot.posts.create({ content: `turn ${turn}` })
    }),
  )
  writing = false
  for (const links of await Promise.all(forced)) expect(links).toBeGreaterThan(0)
  await expectOneChain(8 * 17)
  await server.close()
})

test('who breaks the chain does not stop the feed', async () => {
  const server = await startTestServer({}, { databaseUrl })
  const bot = await newBot(server)
  await chained(pool)
  const sequenced = async (id: string) =>
    (await pool.query(`select from events where payload->>'id' = $1 and seq is not null`, [id])).rowCount
  await pool.query(`insert into audit_chain select n + 1, 99, sha256(''), sha256('') from audit_head`)
  const first = await bot.posts.create({ content: 'after a foreign link' })
  await expect.poll(() => sequenced(first.id)).toBe(1)
  await chained(pool)
  await pool.query('delete from audit_head')
  const second = await bot.posts.create({ content: 'after the head has gone' })
  await expect.poll(() => sequenced(second.id)).toBe(1)
  const { code, stdout } = await runVerifyProgram({ DATABASE_URL: databaseUrl })
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^Link 3 of the chain, that of row 99, does not fit[^]*The head of the chain is missing/,
  )
  await server.close()
})

test('of two processes the leading one is killed while clients write, then the other: one chain', async () => {
  const servers = await Promise.all([start(0), start(1)])
  const at = (index: number) => servers[index % 2] as SpawnedServer
  const bot = await newBot({ url: at(0).url, human: createClient({ url: at(0).url, token: ADMIN_TOKEN }) })
  let acknowledged = 0
  for (let kill = 0; kill < 2; kill++) {
    const stop = new AbortController()
    const enough = acknowledged + 40
    // Each goes to the other process where its own is gone.
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      while (!stop.signal.aborted) {
        if (await writes(at(writer), bot)) acknowledged++
        else writer++
      }
    })
    await expect.poll(() => acknowledged, { timeout: 20_000 }).toBeGreaterThan(enough)
    const led = await leader()
    at(led).signal('SIGKILL')
    await at(led).exited
    await expect.poll(leader, { timeout: 5_000 }).toBe(1 - led)
    servers[led] = await start(led)
    stop.abort()
    await Promise.all(writers)
  }
  await chained(pool)
  const rows = await pool.query<{ n: string }>('select count(*) as n from audit_log')
  expect(Number(rows.rows[0]?.n)).toBeGreaterThanOrEqual(acknowledged + 2)
  await expectOneChain(Number(rows.rows[0]?.n))
}, 120_000)

async function writes(server: SpawnedServer, { token }: TestBot): Promise<boolean> {
  const post = send(server.url, 'POST', '/posts', { token, body: { content: 'kept' } })
  return (await post.catch(() => undefined))?.status === 201
}

/** Which process sequences; -1 while none does. */
async function leader(): Promise<number> {
  const { rows } = await pool.query<{ name: string }>(
    `select application_name as name from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and datname = current_database()`,
  )
  return Number(rows[0]?.name ?? -1)
}
