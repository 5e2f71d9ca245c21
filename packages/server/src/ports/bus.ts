import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connection } from '../db/pool.ts'
import type { Pool } from '../db/pool.ts'
import type { Log } from '../log.ts'
import { createBell } from './bell.ts'
import type { Bell } from './bell.ts'

/** The bells that wake loops, here and in other processes. Nothing travels but the ring: the data is in PostgreSQL. */
export interface Bus {
  /** Rung after every commit: the sequencer has work, what was cached is stale. */
  readonly written: Bell
  /** Rung after every batch of the sequencer: the log has grown. */
  readonly sequenced: Bell
  /** Hears the other processes until the signal aborts. */
  listen(signal: AbortSignal): Promise<void>
}

const CHANNEL = 'clawdx_events'
const RECONNECT_MS = 200

/**
 * Without Redis: one NOTIFY for a batch. Commits ring in their own process only, because a NOTIFY for each would make
 * them wait for one another.
 */
export function createPostgresBus(databaseUrl: string, pool: Pool, log: Log): Bus {
  const me = randomUUID()
  const sequenced = createBell(
    coalesce(() => pool.query({ name: 'ring', text: 'select pg_notify($1, $2)', values: [CHANNEL, me] })),
  )
  const onRing = (ringer: string | undefined) => {
    if (ringer !== me) sequenced.ringHere()
  }
  return {
    written: createBell(),
    sequenced,
    async listen(signal) {
      while (!signal.aborted) {
        await hear(databaseUrl, onRing, signal).catch((error: unknown) =>
          log.debug({ err: error }, 'cannot listen for events'),
        )
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
      }
    },
  }
}

/** Resolves when the connection has ended. */
async function hear(
  databaseUrl: string,
  onRing: (ringer: string | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new pg.Client({ ...connection(databaseUrl), connectionTimeoutMillis: 900 })
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  client.on('error', () => end())
  client.on('end', () => end())
  client.on('notification', ({ payload }) => onRing(payload))
  const stop = () => end()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await client.connect()
    await client.query(`listen ${CHANNEL}`)
    await ended
  } finally {
    signal.removeEventListener('abort', stop)
    await client.end().catch(() => {})
  }
}

/** Tells at once, or when the telling under way has ended: however often it is called, one is on its way at most. */
export function coalesce(tell: () => Promise<unknown>): () => void {
  let isTelling = false
  let isAgain = false
  return function start(): void {
    isAgain = isTelling
    if (isTelling) return
    isTelling = true
    // Who is not told will look by itself.
    void tell()
      .catch(() => {})
      .finally(() => {
        isTelling = false
        if (isAgain) start()
      })
  }
}
