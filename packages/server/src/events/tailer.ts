import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Context } from '../context.ts'
import { connection } from '../db/pool.ts'
import type { Db } from '../db/pool.ts'
import { createBell } from '../ports/bell.ts'
import { EVENTS_CHANNEL } from './sequencer.ts'

const RING_SIZE = 5_000
const PAGE = 500
// The sequencer's notification only saves time; a lost one costs this much.
const POLL_MS = 200
const RECONNECT_MS = 200

export interface LoggedEvent {
  readonly seq: number
  readonly type: string
  readonly actorId: string
  /** Feeds beside `global` and `home`, as `event_feeds` has them. */
  readonly feeds: readonly string[]
  readonly payload: string
  /** The event as it goes out, ready to be put into a frame. */
  readonly text: string
}

/** The event log as one process reads it: the newest events from memory, older ones from the database. */
export interface Tailer {
  readonly epoch: string
  /** The newest `seq` that this process has seen. */
  readonly head: number
  /** Events after `seq` in order, at most a page; none where there are none yet. */
  after(seq: number): Promise<readonly LoggedEvent[]>
  /** The oldest `seq` that is still kept; one past the head where nothing is. */
  oldest(): Promise<number>
  /** Resolves when the log has grown, or after `ms`. */
  grown(ms: number, signal: AbortSignal): Promise<void>
  run(signal: AbortSignal): Promise<void>
}

export async function openTailer(context: Context): Promise<Tailer> {
  const { rows } = await context.pool.query<{ v: string; epoch: string }>(
    'select v, epoch from seq_state where k = 1',
  )
  const { v = '0', epoch = '' } = rows[0] ?? {}
  const bell = createBell()
  const news = createBell()
  let ring: LoggedEvent[] = []
  let head = Number(v)

  async function readOn(): Promise<number> {
    const events = await readEvents(context.pool, head)
    const last = events.at(-1)
    if (!last) return 0
    ring = ring.concat(events)
    if (ring.length > 2 * RING_SIZE) ring = ring.slice(-RING_SIZE)
    head = last.seq
    bell.ring()
    return events.length
  }

  return {
    epoch,
    get head() {
      return head
    },
    async after(seq) {
      if (seq >= head) return []
      const first = ring[0]
      if (!first || first.seq > seq + 1) return readEvents(context.pool, seq)
      const start = seq + 1 - first.seq
      return ring.slice(start, start + PAGE)
    },
    async oldest() {
      const { rows } = await context.pool.query<{ seq: string | null }>('select min(seq) as seq from events')
      return rows[0]?.seq ? Number(rows[0].seq) : head + 1
    },
    grown: (ms, signal) => bell.wait(ms, signal),
    async run(signal) {
      const listening = listen(context, () => news.ring(), signal)
      while (!signal.aborted) {
        try {
          if ((await readOn()) === 0) await news.wait(POLL_MS, signal)
        } catch (error) {
          context.log.warn({ err: error }, 'the live feed cannot read the log; trying again')
          await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
        }
      }
      await listening
    },
  }
}

interface Row {
  id: string
  seq: string
  type: string
  actor_id: string
  payload: string
  created_at: string
  feeds: string[] | null
}

async function readEvents(db: Db, after: number): Promise<LoggedEvent[]> {
  const { rows } = await db.query<Row>({
    name: 'events-after',
    text: `select e.id, e.seq, e.type, e.actor_id, e.payload::text as payload, e.created_at,
                  (select array_agg(f.feed) from event_feeds f where f.event_id = e.id) as feeds
           from events e where e.seq > $1 order by e.seq limit $2`,
    values: [after, PAGE],
  })
  return rows.map(({ id, seq, type, actor_id: actorId, payload, created_at: at, feeds }) => ({
    seq: Number(seq),
    type,
    actorId,
    feeds: feeds ?? [],
    payload,
    text: `{"id":"${id}","type":"${type}","at":"${at}","data":${payload}}`,
  }))
}

/** Rings whenever the sequencer says that it has numbered events. Reconnects for as long as it lives. */
async function listen(context: Context, ring: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client({ ...connection(context.databaseUrl), connectionTimeoutMillis: 900 })
    const ended = new Promise<void>((resolve) => {
      client.on('error', () => resolve())
      client.on('end', () => resolve())
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    client.on('notification', ring)
    try {
      await client.connect()
      await client.query(`listen ${EVENTS_CHANNEL}`)
      await ended
    } catch (error) {
      context.log.debug({ err: error }, 'cannot listen for events')
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
    }
    await client.end().catch(() => {})
  }
}
