import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@clawdxcraft/protocol'
import pg from 'pg'
import { joinWrites } from './pool.ts'
import type { Pool, Tx } from './pool.ts'

const ATTEMPTS = 4
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
const UNIQUE_VIOLATION = '23505'

/** `opened` is what the opening statement came to, or `begin`; it has to be awaited before anything else is asked. */
type Work<T> = (tx: Tx, opened: Promise<pg.QueryResult>) => Promise<T>

/**
 * Runs `work` in one transaction and commits. What lost a deadlock, or met an id that another process had just
 * made, is run again, so `work` must do nothing outside the database.
 *
 * An `opening` statement leaves together with `begin`, which saves a round trip. It must do no harm by itself: should
 * `begin` fail alone, it is committed.
 */
export async function transact<T>(pool: Pool, work: Work<T>, opening?: pg.QueryConfig): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work, opening)
    } catch (error) {
      if (attempt === ATTEMPTS || !canRetry(error)) throw error
      await sleep(Math.random() * 10 * 2 ** attempt)
    }
  }
}

async function once<T>(pool: Pool, work: Work<T>, opening?: pg.QueryConfig): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  // A connection that breaks also fails the query under way, which is where it is handled; unheard, it ends the process.
  const onBroken = (error: Error) => {
    broken = error
  }
  client.on('error', onBroken)
  const { tx, sent, failure } = openTx(client)
  try {
    const opened = open(client, opening)
    // Waited for: if it failed alone, what was sent with it would be committed by itself.
    if (!opening) await opened
    const result = await work(tx, opened)
    tx.send({ text: 'commit' })
    await Promise.all(sent)
    return result
  } catch (error) {
    // What the work itself says went wrong is the reason, whatever else then failed with it.
    const cause = error instanceof Problem ? error : (failure() ?? error)
    // A connection that cannot roll back is in an unknown state and must not serve anyone else. Behind a query that was
    // not answered in time a rollback would only wait as long again.
    if (isUnanswered(cause)) broken = cause
    else await client.query('rollback').catch(onBroken)
    throw cause
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

async function open(client: pg.PoolClient, opening?: pg.QueryConfig): Promise<pg.QueryResult> {
  if (!opening) return client.query('begin')
  joinWrites(client)
  const [, opened] = await Promise.all([client.query('begin'), client.query(opening)])
  return opened
}

function openTx(client: pg.PoolClient) {
  const sent: Promise<unknown>[] = []
  let failure: unknown
  const tx: Tx = {
    query: client.query.bind(client) as Tx['query'],
    send(query) {
      joinWrites(client)
      const answered = client.query(query)
      answered.catch((error: unknown) => {
        failure ??= error
      })
      sent.push(answered)
    },
  }
  return { tx, sent, failure: () => failure }
}

function isUnanswered(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Query read timeout'
}

function canRetry(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  if (error.code === UNIQUE_VIOLATION) return error.constraint?.endsWith('_pkey') === true
  return error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK
}
