import { setTimeout as sleep } from 'node:timers/promises'
import { runLoad } from '../load.ts'
import { faultsOf } from './kills.ts'
import { those, type Found, type Run } from './section.ts'

const WRITE_MS = 1_500
// What is written to disk for another reason just before a kill takes the log with it, so one kill may lose nothing.
const KILLS = 3
const SETTLE_MS = 1_000

/** A PostgreSQL that acknowledges before it has written must be found out: the check of what is lost has to be able to fail. */
export async function loss({ system, historyFile }: Run): Promise<Found> {
  const set = async (...settings: string[]) => {
    for (const setting of settings) await system.pool.query(`alter system ${setting}`)
    await system.pool.query('select pg_reload_conf()')
  }
  const result = await runLoad({
    system,
    family: 'loss',
    historyFile,
    settleMs: SETTLE_MS,
    async strike({ ledger }) {
      await set(
        'set synchronous_commit = off',
        `set wal_writer_delay = '10s'`,
        `set wal_writer_flush_after = '1GB'`,
      )
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(WRITE_MS)
        await ledger.next('acked', performance.now())
        await system.postgres.kill()
        await system.postgres.start()
      }
      await set('reset synchronous_commit', 'reset wal_writer_delay', 'reset wal_writer_flush_after')
    },
  })
  return {
    broken: those({
      'writes that were acknowledged too early were not found to be lost': result.verdict.lost === 0,
    }),
    figures: { acked: result.totals.acked, faults: faultsOf(result) },
  }
}
