import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Pool, Tx } from './pool.ts'

const ATTEMPTS = 4
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
const UNIQUE_VIOLATION = '23505'

/**
 * Runs `work` in one transaction and commits. What lost a deadlock, or met an id that another process had just
 * made, is run again, so `work` must do nothing outside the database.
 */
export async function transact<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work)
    } catch (error) {
      if (attempt === ATTEMPTS || !canRetry(error)) throw error
      await sleep(Math.random() * 10 * 2 ** attempt)
    }
  }
}

async function once<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  let broken: Error | undefined
  // A connection that breaks also fails the query under way, which is where it is handled; unheard, it ends the process.
  const onBroken = (error: Error) => {
    broken = error
  }
  tx.on('error', onBroken)
  try {
    await tx.query('begin')
    const result = await work(tx)
    await tx.query('commit')
    return result
  } catch (error) {
    // A connection that cannot roll back is in an unknown state and must not serve anyone else. Behind a query that was
    // not answered in time a rollback would only wait as long again.
    if (isUnanswered(error)) broken = error
    else await tx.query('rollback').catch(onBroken)
    throw error
  } finally {
    tx.off('error', onBroken)
    tx.release(broken)
  }
}

function isUnanswered(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Query read timeout'
}

function canRetry(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  if (error.code === UNIQUE_VIOLATION) return error.constraint?.endsWith('_pkey') === true
  return error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK
}
