import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from './context.ts'
import { runSequencer } from './events/sequencer.ts'

/** Every loop that a process runs beside its requests; each ends when the signal aborts. */
export function runWorker(context: Context, signal: AbortSignal): Promise<unknown> {
  return Promise.all([runSequencer(context, signal), runCleanup(context, signal)])
}

const CLEANUP_MS = 10 * 60_000
const CLEANUP_BATCH = 5_000

// Each deletes a bounded number of rows that nobody can use any more.
const EXPIRED = [
  `delete from idempotency_keys where ctid in (
     select ctid from idempotency_keys where created_at < now() - interval '24 hours' limit ${CLEANUP_BATCH})`,
  `delete from issued_tokens where ctid in (
     select ctid from issued_tokens where expires_at < now() - interval '1 hour' limit ${CLEANUP_BATCH})`,
  `delete from human_sessions where ctid in (
     select ctid from human_sessions where expires_at < now() limit ${CLEANUP_BATCH})`,
]

async function runCleanup(context: Context, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const statement of EXPIRED) await repeat(context, statement, signal)
    } catch (error) {
      context.log.warn({ err: error }, 'could not clear expired rows; trying again later')
    }
    await sleep(CLEANUP_MS, undefined, { signal }).catch(() => {})
  }
}

async function repeat({ pool }: Context, statement: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await pool.query(statement)).rowCount === CLEANUP_BATCH);
}
