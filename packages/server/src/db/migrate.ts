import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import pg from 'pg'
import { connection } from './pool.ts'

const folder = new URL('../../migrations/', import.meta.url)

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

async function migrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return {
        version: Number(name.slice(0, 4)),
        name,
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      }
    }),
  )
}

/** The version that this code needs: the newest migration it carries. */
export async function schemaVersion(): Promise<number> {
  return (await migrations()).at(-1)?.version ?? 0
}

/**
 * Brings the database to this code's schema, each migration in its own transaction. Any number of servers may do
 * it at once: an advisory lock lets one work while the others wait, then find nothing to do. Returns what was run.
 * The signal ends the wait, and undoes a migration that is under way.
 */
export async function migrate(url: string, signal?: AbortSignal): Promise<string[]> {
  const client = new pg.Client({ ...connection(url), connectionTimeoutMillis: 10_000 })
  // A connection that breaks also fails the query under way, which is where it is handled.
  client.on('error', () => {})
  const giveUp = () => void client.end().catch(() => {})
  signal?.addEventListener('abort', giveUp, { once: true })
  await client.connect()
  try {
    await client.query("select pg_advisory_lock(hashtext('clawdxcraft.migrate'))")
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null,
      applied_at timestamptz not null default now())`)
    const applied = new Map<number, string>()
    const { rows } = await client.query<{ version: number; checksum: string }>(
      'select * from schema_migrations',
    )
    for (const row of rows) applied.set(row.version, row.checksum)
    const run: string[] = []
    for (const migration of await migrations()) {
      if (await apply(client, migration, applied.get(migration.version))) run.push(migration.name)
    }
    return run
  } finally {
    signal?.removeEventListener('abort', giveUp)
    await client.end()
  }
}

async function apply(client: pg.Client, migration: Migration, known: string | undefined): Promise<boolean> {
  if (known === migration.checksum) return false
  if (known !== undefined)
    throw new Error(`Migration ${migration.name} was changed after it had been applied`)
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new Error(`Migration ${migration.name} failed: ${(error as Error).message}`, { cause: error })
  }
  return true
}
