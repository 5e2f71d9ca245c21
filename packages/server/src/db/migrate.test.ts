import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase, send, startTestServer } from '../../test/harness.ts'
import { startOwnPostgres } from '../../test/own-postgres.ts'
import { spawnServer } from '../../test/spawn-server.ts'
import { migrate } from './migrate.ts'

const folder = new URL('../../migrations/', import.meta.url)
const names = (await readdir(folder)).toSorted()

let databaseUrl: string
let client: pg.Client

beforeEach(async () => {
  databaseUrl = await createDatabase('template1')
  client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
})
afterEach(() => client.end())

interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

async function appliedNow(): Promise<Applied[]> {
  return (
    await client.query<Applied>('select version, name, checksum from schema_migrations order by version')
  ).rows
}

test('the migrations are numbered from 1 without a gap, each once, and none goes back', async () => {
  expect(names.filter((name) => !/^\d{4}_[a-z0-9_]+\.sql$/.test(name))).toEqual([])
  expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1))
  for (const name of names) expect(name).not.toMatch(/down|revert|rollback/)
})

describe('an empty database', () => {
  test('gets every migration in order and remembers each with its checksum; then there is nothing to do', async () => {
    expect(await migrate(databaseUrl)).toEqual(names)
    const checksums = await Promise.all(
      names.map(async (name) =>
        createHash('sha256')
          .update(await readFile(new URL(name, folder)))
          .digest('hex'),
      ),
    )
    expect(await appliedNow()).toEqual(
      names.map((name, index) => ({ version: index + 1, name, checksum: checksums[index] })),
    )
    expect(await migrate(databaseUrl)).toEqual([])
  })

  test('is migrated once by eight who start at the same time', async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, () => migrate(databaseUrl)))
    expect(runs.filter((run) => run.length > 0)).toEqual([names])
  })

  test('is migrated by the program, which says what it did and the second time that there is nothing to do', async () => {
    const outputs: string[] = []
    for (let run = 0; run < 2; run++) {
      const program = await spawnServer({ DATABASE_URL: databaseUrl }, { role: 'migrate' })
      expect(await program.exited).toEqual({ code: 0, signal: null })
      outputs.push(program.output())
      await program.stop()
    }
    expect(outputs).toEqual([`Applied ${names.join(', ')}\n`, 'Nothing to do\n'])
  })
})

describe('what does not fit is refused, and nothing is changed', () => {
  test('where a migration was changed after it had been applied', async () => {
    await migrate(databaseUrl)
    await client.query(`update schema_migrations set checksum = 'another' where version = 2`)
    const before = await appliedNow()
    await expect(migrate(databaseUrl)).rejects.toThrow(
      `Migration ${names[1]} was changed after it had been applied`,
    )
    expect(await appliedNow()).toEqual(before)
    const server = spawnServer({ DATABASE_URL: databaseUrl })
    await expect(server).rejects.toThrow(
      `ended with 1:\nClawdXCraft could not start: Migration ${names[1]} was changed after it had been applied\n`,
    )
  })

  test('where a migration fails, which leaves nothing of itself and is tried again', async () => {
    await client.query('create table likes ()')
    await expect(migrate(databaseUrl)).rejects.toThrow(
      /^Migration 0002_posts\.sql failed: relation "likes" already exists$/,
    )
    expect((await appliedNow()).map(({ version }) => version)).toEqual([1])
    const posts = await client.query<{ found: string | null }>(`select to_regclass('posts')::text as found`)
    expect(posts.rows).toEqual([{ found: null }])
    await client.query('drop table likes')
    expect(await migrate(databaseUrl)).toEqual(names.slice(1))
  })
})

describe('the schema of another version', () => {
  test('that is newer is left as it is, and served: an old process runs on while new ones start', async () => {
    await migrate(databaseUrl)
    await client.query(
      `insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', 'x')`,
    )
    expect(await migrate(databaseUrl)).toEqual([])
    const server = await startTestServer({}, { databaseUrl })
    expect(await send(server.url, 'GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    await server.close()
  })

  test('that is older is not served until it is migrated', async () => {
    await migrate(databaseUrl)
    const server = await startTestServer({}, { databaseUrl })
    const last = await client.query(`delete from schema_migrations where version = $1 returning *`, [
      names.length,
    ])
    const { status, body } = await send(server.url, 'GET', '/readyz')
    expect(status).toBe(503)
    const msg = `schema ${names.length - 1} of ${names.length}`
    expect(body.errors).toEqual([{ loc: ['migrations'], msg, type: 'not_ready' }])
    await client.query(
      'insert into schema_migrations select * from json_populate_record(null::schema_migrations, $1)',
      [JSON.stringify(last.rows[0])],
    )
    expect((await send(server.url, 'GET', '/readyz')).status).toBe(200)
    await server.close()
  })
})

describe('a database that is not there yet', () => {
  test('is waited for', async () => {
    const postgres = await startOwnPostgres()
    await postgres.stop()
    const program = await spawnServer({ DATABASE_URL: postgres.url }, { role: 'migrate' })
    await expect.poll(() => program.output(), { timeout: 10_000 }).toContain('waiting for the database')
    await postgres.start()
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.output()).toContain(`Applied ${names.join(', ')}\n`)
    await program.stop()
    await postgres.remove()
  })

  test('or goes away while somebody else is migrating is waited for too', async () => {
    await lock()
    const program = await spawnServer({ DATABASE_URL: databaseUrl }, { role: 'migrate' })
    await expect.poll(() => waiting('pg_terminate_backend(pid)'), { timeout: 10_000 }).toBe(1)
    await expect.poll(() => program.output(), { timeout: 10_000 }).toContain('waiting for the database')
    await client.query('select pg_advisory_unlock_all()')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    await program.stop()
  })
})

test('who waits for another’s migration can be stopped', async () => {
  await lock()
  const program = await spawnServer({ DATABASE_URL: databaseUrl }, { role: 'migrate' })
  await expect.poll(() => waiting('pid'), { timeout: 10_000 }).toBe(1)
  program.signal('SIGTERM')
  expect(await program.exited).toEqual({ code: 1, signal: null })
  expect(program.output()).toBe('ClawdXCraft could not start: it was asked to stop\n')
  await client.query('select pg_advisory_unlock_all()')
  expect(await migrate(databaseUrl)).toEqual(names)
  await program.stop()
})

const lock = () => client.query("select pg_advisory_lock(hashtext('clawdxcraft.migrate'))")

/** How many wait for the lock of the migrations; the expression is evaluated for each. */
async function waiting(expression: string): Promise<number | null> {
  const { rowCount } = await client.query(
    `select ${expression} from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
  )
  return rowCount
}
