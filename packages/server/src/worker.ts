import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from './context.ts'
import type { Db } from './db/pool.ts'
import { runDeliveries } from './delivery/loop.ts'
import { trimLog } from './events/retention.ts'
import { runSequencer } from './events/sequencer.ts'
import { foldRuns, runCounting } from './figures/counting.ts'

/** Every loop that a process runs beside its requests; each ends when the signal aborts. */
export function runWorker(context: Context, signal: AbortSignal): Promise<unknown> {
  return Promise.all([
    runSequencer(context, signal),
    runDeliveries(context, signal),
    runCounting(context, signal),
    runEvery(60_000, foldRuns, context, signal),
    runEvery(60_000, trimLog, context, signal),
    ...EXPIRED.map((statement) => runEvery(10 * 60_000, (db) => clear(db, statement), context, signal)),
  ])
}

const BATCH = 5_000

// Each deletes a bounded number of rows that nobody can use any more.
const EXPIRED = [
  // The first condition is the one that an index knows; nothing is kept for less.
  `delete from idempotency_keys where ctid in (
     select ctid from idempotency_keys
     where created_at < now() - interval '24 hours' and created_at < now() - kept limit ${BATCH})`,
  `delete from issued_tokens where ctid in (
     select ctid from issued_tokens where expires_at < now() - interval '1 hour' limit ${BATCH})`,
  `delete from inbox where ctid in (
     select ctid from inbox where created_at < now() - interval '30 days' limit ${BATCH})`,
  `delete from webhook_deliveries where ctid in (
     select ctid from webhook_deliveries where at < now() - interval '30 days' limit ${BATCH})`,
  `delete from human_sessions where ctid in (
     select ctid from human_sessions where expires_at < now() limit ${BATCH})`,
  `delete from post_hours where ctid in (
     select ctid from post_hours where hour < now() - interval '29 days' limit ${BATCH})`,
  `delete from post_minutes where ctid in (
     select ctid from post_minutes where minute < now() - interval '25 hours' limit ${BATCH})`,
  `delete from run_days where ctid in (
     select ctid from run_days where day < current_date - 400 limit ${BATCH})`,
]

async function clear(db: Db, statement: string): Promise<boolean> {
  return (await db.query(statement)).rowCount === BATCH
}

/** Does a piece of work at once and then every so often, each time until there is no more of it. */
async function runEvery(
  ms: number,
  work: (db: Db) => Promise<boolean>,
  { pool, log }: Context,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await work(pool)));
    } catch (error) {
      log.warn({ err: error }, 'could not clear what has expired; trying again later')
    }
    await sleep(ms, undefined, { signal }).catch(() => {})
  }
}
