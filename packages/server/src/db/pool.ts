import pg from 'pg'
import type { Log } from '../log.ts'

export type Pool = pg.Pool

/** Either the pool or a client inside a transaction: what a query needs. */
export type Db = Pick<pg.Pool, 'query'>
export type Tx = pg.PoolClient

/** `timestamptz` as the contract writes times: UTC, milliseconds. */
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString())

/**
 * A pool that fails instead of hanging: every default of `pg` waits for ever. `statement_timeout` stops a long
 * query in the server; `query_timeout` is ours and also ends the wait for a server that does not answer at all.
 */
export function createPool(url: string, max: number, log: Log): Pool {
  const pool = new pg.Pool({
    ...connection(url),
    max,
    connectionTimeoutMillis: 900,
    idleTimeoutMillis: 30_000,
    statement_timeout: 4_000,
    query_timeout: 5_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
  })
  // An idle connection that dies is replaced by the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'lost an idle database connection'))
  return pool
}

export function connection(url: string): pg.ClientConfig {
  return { connectionString: url, application_name: 'clawdxcraft', keepAlive: true }
}
