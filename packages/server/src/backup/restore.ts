import pg from 'pg'
import { connection } from '../db/pool.ts'
import type { Db } from '../db/pool.ts'
import { schemaVersion } from '../db/migrate.ts'
import { untilAlone, requireEmpty } from './empty.ts'
import { FORMAT, Head, Tail } from './format.ts'
import { readLines } from './lines.ts'
import { setAside } from './rules.ts'
import { insertStatement, readTables } from './tables.ts'
import type { Table } from './tables.ts'

/** Rows in one statement, at most, and characters after which no more are added. */
const BATCH = 500
const BATCH_CHARACTERS = 1024 * 1024
const ROW = /^\{"table":"(\w+)","row":(\{.*\})\}$/s

interface Restoring {
  readonly databaseUrl: string
  readonly path: string
  readonly signal: AbortSignal
  /** What is wrong with the audit log that is now in this database, in sentences. */
  readonly faultsOf: (tx: Db) => Promise<readonly string[]>
  /** Whether it is taken with those faults. */
  readonly isTakenAsItIs: boolean
}

export interface Restored {
  readonly head: Head
  readonly rows: Readonly<Record<string, number>>
  readonly faults: readonly string[]
}

/** Reads a backup into an empty database, all of it or nothing: half a file leaves no trace. */
export async function restore({ databaseUrl, path, signal, ...judging }: Restoring): Promise<Restored> {
  const client = new pg.Client({ ...connection(databaseUrl), connectionTimeoutMillis: 10_000 })
  // A connection that breaks also fails the query under way, which is where it is handled.
  client.on('error', () => {})
  const giveUp = () => void client.end().catch(() => {})
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await client.connect()
    await untilAlone(client)
    await client.query('begin isolation level repeatable read')
    const tables = await readTables(client)
    await requireEmpty(client, tables)
    const { head, rows } = await readFile(client, path, tables)
    await settle(client, head)
    const faults = await judging.faultsOf(client)
    if (faults.length > 0 && !judging.isTakenAsItIs)
      throw new Error(`the audit log in it was changed:\n${faults.join('\n')}`)
    await client.query('commit')
    // Until then the planner would know nothing of what is there; it will find out by itself where this fails.
    await client.query('analyze').catch(() => {})
    return { head, rows, faults }
  } finally {
    signal.removeEventListener('abort', giveUp)
    await client.end().catch(() => {})
  }
}

async function readFile(db: Db, path: string, tables: readonly Table[]) {
  const lines = readLines(path)
  const head = await headIn((await lines.next()).value)
  const putBack = await setAside(db)
  const writer = openWriter(db, tables)
  let tail: Tail | undefined
  for await (const line of lines) {
    if (tail) throw new Error('it goes on behind its end')
    const [, name, row] = ROW.exec(line) ?? []
    if (name !== undefined && row !== undefined) await writer.add(name, row)
    else tail = tailIn(line)
  }
  const rows = await writer.end()
  requireAll(rows, tail)
  await putBack()
  return { head, rows }
}

function requireAll(rows: Readonly<Record<string, number>>, tail: Tail | undefined): void {
  if (!tail) throw new Error('its end is missing: it is half a file')
  for (const [name, count] of Object.entries(rows)) {
    const said = tail.rows[name] ?? 0
    if (count !== said) throw new Error(`it has ${count} rows of ${name} and says ${said}`)
  }
}

/** Writes rows in the order in which they come, many of one table at a time. */
function openWriter(db: Db, tables: readonly Table[]) {
  const byName = new Map(tables.map((table) => [table.name, table]))
  const written = Object.fromEntries(tables.map(({ name }) => [name, 0]))
  let table: Table | undefined
  let waiting: string[] = []
  let characters = 0

  async function flush(): Promise<void> {
    if (!table || waiting.length === 0) return
    const { rowCount } = await db.query({
      name: `restore-${table.name}`,
      text: insertStatement(table),
      values: [waiting],
    })
    written[table.name] = (written[table.name] ?? 0) + (rowCount ?? 0)
    waiting = []
    characters = 0
  }

  return {
    async add(name: string, row: string): Promise<void> {
      if (name !== table?.name || waiting.length === BATCH || characters > BATCH_CHARACTERS) await flush()
      table = byName.get(name)
      if (!table) throw new Error(`it has rows of ${name}, which is no table here`)
      waiting.push(row)
      characters += row.length
    },
    async end(): Promise<Readonly<Record<string, number>>> {
      await flush()
      return written
    },
  }
}

/** What must not be as it was where the backup was made. */
async function settle(db: Db, { counters }: Head): Promise<void> {
  for (const [name, value] of Object.entries(counters)) {
    const [table, column] = name.split('.')
    await db.query('select setval(pg_get_serial_sequence($1, $2), greatest($3::bigint, 1), $3::bigint > 0)', [
      table,
      column,
      value,
    ])
  }
  // Whoever comes with a place in the log of before would be given other events.
  await db.query('update seq_state set epoch = gen_random_uuid(), home = null where k = 1')
  // Transactions of another server, of which some here may have the names.
  await db.query("update audit_head set settling_id = null, writers = '{}' where k = 1")
}

async function headIn(line: string | void): Promise<Head> {
  const { data: head } = Head.safeParse(jsonIn(line))
  if (!head) throw new Error('it is no backup of this network')
  if (head.format !== FORMAT) throw new Error('it is of a newer kind than this version can read')
  const schema = await schemaVersion()
  if (head.schema === schema) return head
  throw new Error(
    `it has schema ${head.schema} and this version ${schema}: restore it with version ${head.version}, then update`,
  )
}

function tailIn(line: string): Tail {
  const tail = Tail.safeParse(jsonIn(line))
  if (!tail.success) throw new Error('it has a line that is none of a backup')
  return tail.data
}

function jsonIn(line: string | void): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return undefined
  }
}
