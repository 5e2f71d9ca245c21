import pg from 'pg'
import { connection } from '../db/pool.ts'
import type { Db } from '../db/pool.ts'
import { version } from '../version.ts'
import { FORMAT } from './format.ts'
import type { Head, Tail } from './format.ts'
import { linesStatement, readTables } from './tables.ts'
import type { Table } from './tables.ts'

const BATCH = 200
const STATEMENT_MS = 60_000
/** Longer than a reader may take no more. */
const IDLE_MS = 120_000

/**
 * A connection of its own, whose first question takes the snapshot; `undefined` while another backup is under way
 * somewhere. The pool's are made for requests: they end what takes seconds.
 */
export async function openSnapshot(databaseUrl: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    ...connection(databaseUrl),
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_MS,
  })
  // A connection that breaks also fails the query under way, which is where it is handled.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ is_mine: boolean }>(
      "select pg_try_advisory_lock(hashtext('clawdxcraft.backup')) as is_mine",
    )
    if (rows[0]?.is_mine !== true) {
      await client.end()
      return undefined
    }
    await client.query('begin isolation level repeatable read read only')
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** The lines of a backup, many at a time: read when those before were taken, so that no length costs memory. */
export async function* linesOf(client: pg.Client): AsyncGenerator<string> {
  const rows: Record<string, number> = {}
  try {
    yield `${JSON.stringify(await readHead(client))}\n`
    for (const table of await readTables(client)) {
      rows[table.name] = 0
      for await (const lines of linesOfTable(client, table)) {
        rows[table.name] = (rows[table.name] ?? 0) + lines.length
        yield lines.join('')
      }
    }
  } finally {
    await client.end().catch(() => {})
  }
  // Whoever has this line may ask for the next backup: nothing of this one is left.
  yield `${JSON.stringify({ rows } satisfies Tail)}\n`
}

async function* linesOfTable(client: pg.Client, table: Table): AsyncGenerator<string[]> {
  await client.query(`declare lines no scroll cursor for ${linesStatement(table)}`)
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`fetch ${BATCH} from lines`)
    if (rows.length === 0) break
    yield rows.map(({ line }) => `${line}\n`)
  }
  await client.query('close lines')
}

async function readHead(db: Db): Promise<Head> {
  const { rows } = await db.query<Pick<Head, 'schema' | 'epoch' | 'at'>>(
    `select (select max(version) from schema_migrations) as schema, epoch, now() as at from seq_state where k = 1`,
  )
  const { schema, epoch, at } = rows[0] ?? { schema: 0, epoch: '', at: '' }
  return { backup: 'clawdxcraft', format: FORMAT, version, schema, epoch, at, counters: await counters(db) }
}

/** They are in no snapshot, and so never behind it. */
async function counters(db: Db): Promise<Record<string, string>> {
  const { rows } = await db.query<{ name: string; value: string }>(
    `select table_name || '.' || column_name as name,
       coalesce(pg_sequence_last_value(pg_get_serial_sequence(table_name, column_name)::regclass), 0)::text as value
     from information_schema.columns
     where table_schema = 'public' and is_identity = 'YES' order by 1`,
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}
