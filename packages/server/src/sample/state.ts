import type { Sample } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { Society } from './society.ts'

/** A process that has been silent for so long is not merely busy, and another may let the sample bots live. */
const SILENT = "interval '15 seconds'"

export interface SampleRow {
  readonly wanted: Sample['wanted'] | null
  readonly state: Sample['state']
  readonly since: string
  readonly reason: string | null
  /** Whether a process says that it lets them live. */
  readonly is_kept: boolean
}

export async function readSample(db: Db): Promise<SampleRow> {
  const { rows } = await db.query<SampleRow>({
    name: 'sample-state',
    text: `select wanted, state, since, reason, coalesce(seen_at > now() - ${SILENT}, false) as is_kept
           from sample_state where k = 1`,
  })
  if (!rows[0]) throw new Error('The sample bots have no state')
  return rows[0]
}

/** Writes down what is wanted, also of bots that have failed before; tells whether that is anything new. */
export async function wantSample(db: Db, wanted: Sample['wanted']): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'sample-wanted',
    text: `update sample_state set wanted = $1, reason = null,
             state = case when $1 = 'off' then 'off' when state = 'running' then state else 'starting' end,
             since = case when $1 = 'on' and state in ('starting', 'running') then since else now() end
           where k = 1 and (wanted is distinct from $1 or ($1 = 'on' and state = 'failed'))`,
    values: [wanted],
  })
  return rowCount !== 0
}

/** Forgets that they failed: a server that starts tries again. */
export async function forgetFailure(db: Db): Promise<void> {
  await db.query(
    "update sample_state set state = 'off', reason = null, since = now() where k = 1 and state = 'failed'",
  )
}

/** Whether this process is the one that is to let them live now; it says that it is there with the same. */
export async function claimSample(db: Db, keeper: string, otherwise: Sample['wanted']): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'sample-claim',
    text: `update sample_state set keeper = $1, seen_at = now()
           where k = 1 and coalesce(wanted, $2) = 'on' and state <> 'failed'
             and (keeper is null or keeper = $1 or seen_at < now() - ${SILENT})`,
    values: [keeper, otherwise],
  })
  return rowCount !== 0
}

/** How they are, by the process in which they live; what was chosen meanwhile goes before it. */
export async function tellSample(db: Db, keeper: string, { state, reason }: Society): Promise<void> {
  await db.query({
    name: 'sample-tell',
    text: `update sample_state set state = $2, reason = $3, since = now()
           where k = 1 and keeper = $1 and state <> $2 and wanted is distinct from 'off'`,
    values: [keeper, state, reason],
  })
}

/** Another process may let them live. */
export async function releaseSample(db: Db, keeper: string): Promise<void> {
  await db.query({
    name: 'sample-release',
    text: 'update sample_state set keeper = null, seen_at = null where k = 1 and keeper = $1',
    values: [keeper],
  })
}
