import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Db } from '../db/pool.ts'
import type { Table } from './tables.ts'

/** What a database has before anybody has done anything with it: one row that says how things stand, or the secrets. */
const SEEDED = ['audit_head', 'network_state', 'post_counting', 'sample_state', 'secrets', 'seq_state']

const PATIENCE_MS = 2_000

/** Waits for connections that are just being closed; a server that is there keeps its own, and what it knows of secrets. */
export async function untilAlone(db: Db): Promise<void> {
  for (const began = Date.now(); ; await sleep(50)) {
    const { rowCount } = await db.query(
      `select from pg_stat_activity
       where datname = current_database() and application_name = 'clawdxcraft' and pid <> pg_backend_pid()`,
    )
    if (rowCount === 0) return
    if (Date.now() - began > PATIENCE_MS)
      throw new Error('the network is running on this database: stop it first')
  }
}

/** Refuses a database with anything of its own, and clears what every one begins with. */
export async function requireEmpty(db: Db, tables: readonly Table[]): Promise<void> {
  const names = tables.map(({ name }) => name).filter((name) => !SEEDED.includes(name))
  const checks = names.map(
    (name) => `select '${name}' as name where exists (select from ${pg.escapeIdentifier(name)})`,
  )
  const { rows } = await db.query<{ name: string }>(checks.join(' union all '))
  if (rows.length > 0) {
    const found = rows.map(({ name }) => name).join(', ')
    throw new Error(`this database is not empty (${found}): a backup is restored into a new one`)
  }
  for (const name of SEEDED) await db.query(`delete from ${pg.escapeIdentifier(name)}`)
}
