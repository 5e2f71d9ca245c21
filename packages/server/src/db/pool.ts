import { nextTick } from 'node:process'
import pg from 'pg'
import type { Log } from '../log.ts'

export type Pool = pg.Pool

/** Either the pool or a transaction: what a query needs. */
export type Db = Pick<pg.Pool, 'query'>

/** A transaction, as `transact` begins it. */
export interface Tx extends Db {
  /**
   * For what nobody waits for: it travels with whatever is asked next, the commit at the latest, and saves a round trip.
   * Should it fail, everything after it fails too, and the transaction with the reason why this did.
   */
  send(query: pg.QueryConfig): void
  /** The name of the human for whom it writes, where one has an account: the audit log tells it. */
  readonly account?: string | null
}

/** `timestamptz` as the contract writes times: UTC, milliseconds. */
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString())

const WAIT_MS = 900
const LINE_MS = 3_000

type Served = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: boolean | Error) => void,
) => void

/**
 * Waits in line for as long as the line moves, three seconds at most: a burst of writes to one row is served one by one.
 * Where no connection has become free for 0.9 s, nobody is kept waiting for one.
 */
class MovingLinePool extends pg.Pool {
  #served = 0

  constructor(config: pg.PoolConfig) {
    super({ ...config, connectionTimeoutMillis: WAIT_MS })
    this.on('acquire', () => this.#served++)
  }

  override connect(): Promise<pg.PoolClient>
  override connect(served: Served): void
  override connect(served?: Served): Promise<pg.PoolClient> | undefined {
    const waiting = this.#wait()
    if (!served) return waiting
    waiting.then(
      (client) => served(undefined, client, (release) => client.release(release)),
      (error: Error) => served(error, undefined, () => {}),
    )
    return undefined
  }

  async #wait(): Promise<pg.PoolClient> {
    const deadline = performance.now() + LINE_MS - WAIT_MS
    for (;;) {
      const before = this.#served
      try {
        return await super.connect()
      } catch (error) {
        const hasMoved = this.#served > before && performance.now() < deadline
        if (!hasMoved || (error as Error).message !== 'timeout exceeded when trying to connect') throw error
      }
    }
  }
}

/**
 * A pool that fails instead of hanging: every default of `pg` waits for ever. `statement_timeout` stops a long
 * query in the server; `query_timeout` is ours and also ends the wait for a server that does not answer at all.
 */
export function createPool(url: string, max: number, log: Log): Pool {
  const pool = new MovingLinePool({
    ...connection(url),
    pipeline: true,
    max,
    idleTimeoutMillis: 30_000,
    statement_timeout: 4_000,
    query_timeout: 5_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
  })
  // An idle connection that dies is replaced by the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'lost an idle database connection'))
  // The last answer to one holder and the news that the server goes down can come in one piece: then the connection has been
  // handed on already, to somebody who does not listen yet.
  pool.on('connect', (client) => {
    client.on('error', () => {})
    // What hydrates a post is asked with one id or with a hundred, and PostgreSQL would plan it anew each time, which takes
    // four times as long as to run it. A connection that fails here fails for whoever it was made for.
    client.query('set plan_cache_mode = force_generic_plan').catch(() => {})
  })
  return pool
}

export function connection(url: string): pg.ClientConfig {
  return { connectionString: url, application_name: 'clawdxcraft', keepAlive: true }
}

/** Lets all that a client is asked in this turn leave in one write: each is a system call that wakes a process. */
export function joinWrites(client: pg.ClientBase): void {
  const { stream } = (client as pg.Client).connection
  stream.cork()
  nextTick(() => stream.uncork())
}

/** Refuses a database that answers a commit before it is on disk: what we then acknowledge could be lost. */
export async function requireDurableCommits(db: Db): Promise<void> {
  const { rows } = await db.query<{ synchronous_commit: string }>('show synchronous_commit')
  if (rows[0]?.synchronous_commit !== 'off') return
  throw new Error(
    'synchronous_commit is off in this database, so writes that were answered could be lost; set it to on',
  )
}
