import pg from 'pg'
import { connection } from '../db/pool.ts'
import type { Db } from '../db/pool.ts'

/**
 * Where this database lives, as far as it can say: another cluster, another timeline (a restore to a point in time, a
 * replica that took over), another database or table (a dump that was read in), another file (a copied data folder).
 */
const HOME = `
  select concat_ws('.',
    (select oid from pg_database where datname = current_database()),
    pg_relation_filenode('seq_state'),
    case when has_function_privilege('pg_control_system()', 'execute')
      then (select system_identifier from pg_control_system()) end,
    case when has_function_privilege('pg_control_checkpoint()', 'execute')
      then (select timeline_id from pg_control_checkpoint()) end,
    case when has_function_privilege('pg_stat_file(text)', 'execute')
      then (select extract(epoch from change) from pg_stat_file('PG_VERSION')) end) as home`

/**
 * Gives the log a new epoch where the database has moved since it was last served: a backup was restored, and events
 * that were delivered after it was taken are gone, so cursors of before would point at others.
 */
export async function settleEpoch(db: Db): Promise<void> {
  await db.query(
    `update seq_state set home = here.home,
       epoch = case when seq_state.home is null then epoch else gen_random_uuid() end
     from (${HOME}) here where k = 1 and seq_state.home is distinct from here.home`,
  )
}

/** The same where a reader finds that the log stands before where it has read to. However many find it, one changes it. */
export async function leaveEpoch(db: Db, epoch: string): Promise<void> {
  await db.query('update seq_state set epoch = gen_random_uuid() where k = 1 and epoch = $1', [epoch])
}

/** The same by hand, after what a database cannot notice: a volume that was set back to a snapshot. */
export async function changeEpoch(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ ...connection(databaseUrl), query_timeout: 5_000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ epoch: string }>(
      'update seq_state set epoch = gen_random_uuid() where k = 1 returning epoch',
    )
    return rows[0]?.epoch ?? ''
  } finally {
    await client.end()
  }
}
