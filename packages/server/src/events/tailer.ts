import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { createPool } from '../db/pool.ts'
import type { Db } from '../db/pool.ts'
import { createBell } from '../ports/bell.ts'
import type { Bell } from '../ports/bell.ts'
import { leaveEpoch } from './epoch.ts'

const RING_SIZE = 5_000
const PAGE = 200
const RECENT = 500
// A ring only saves time; a lost one costs this much.
const POLL_MS = 200
const RECONNECT_MS = 200
// Nobody is kept waiting for longer, as when no sequencer runs.
const CAUGHT_UP_MS = 100

export interface LoggedEvent {
  readonly seq: number
  readonly type: string
  readonly actorId: string
  /** Its feeds beside `global` and `home`, each with the seq of the event before it there. */
  readonly feeds: Readonly<Record<string, number>>
  readonly payload: string
  /** The event as it goes out, ready to be put into a frame. */
  readonly text: string
}

/** The event log as one process reads it: the newest events from memory, older ones from the database. */
export interface Tailer {
  /** Another one after a backup was restored: cursors of before mean nothing any more. */
  readonly epoch: string
  /** The newest `seq` that this process has seen. */
  readonly head: number
  /** The oldest `seq` that is still kept; one past the head where nothing is. */
  readonly oldest: number
  /** Resolves when the head has reached what was committed before, so that nobody is told as new what they did themselves. */
  caughtUp(): Promise<void>
  /** Rings when the log has grown, or is another one. */
  readonly grown: Bell
  /** Events after `seq` in order, not all at once; `undefined` where memory does not reach back to it. */
  recent(seq: number): readonly LoggedEvent[] | undefined
  /** The same from the database, at most a page. The first is not `seq + 1` where that is no longer kept. */
  page(seq: number): Promise<readonly LoggedEvent[]>
  run(signal: AbortSignal): Promise<void>
}

export async function openTailer(context: Context): Promise<Tailer> {
  const { pool, bus, log } = context
  // Of its own: whoever waits for an event must not stand in line behind those who write the next ones.
  const own = createPool(context.databaseUrl, 1, log)
  const grown = createBell()
  let state = await readState(pool)
  let stateReadAt = performance.now()
  let head = state.head
  let ring: LoggedEvent[] = []

  /** Where a backup was restored the log stands before where we have read to, or has another epoch. */
  async function refreshState(): Promise<void> {
    let now = await readState(own)
    if (now.head < head) {
      await leaveEpoch(own, state.epoch)
      now = await readState(own)
    }
    const isAnother = now.epoch !== state.epoch
    state = now
    stateReadAt = performance.now()
    if (!isAnother) return
    log.warn({ epoch: state.epoch, head: state.head }, 'the event log is another one than before')
    ring = []
    head = state.head
    grown.ring()
  }

  async function readOn(): Promise<number> {
    if (performance.now() - stateReadAt >= POLL_MS) await refreshState()
    const events = await readEvents(own, head)
    const last = events.at(-1)
    if (!last) return 0
    // Places in memory are counted from the first. A hole, which nobody should make, is left to the database.
    if (last.seq - head === events.length) ring.push(...events)
    else ring = []
    if (ring.length > 2 * RING_SIZE) ring = ring.slice(-RING_SIZE)
    head = last.seq
    grown.ring()
    return events.length
  }

  return {
    grown,
    get epoch() {
      return state.epoch
    },
    get head() {
      return head
    },
    get oldest() {
      return state.oldest
    },
    recent(seq) {
      const first = ring[0]
      if (seq >= head) return []
      if (!first || first.seq > seq + 1) return undefined
      const start = seq + 1 - first.seq
      return ring.slice(start, start + RECENT)
    },
    page: (seq) => readEvents(pool, seq),
    async caughtUp() {
      const target = await headOfCommitted(pool).catch(() => 0)
      const signal = AbortSignal.timeout(CAUGHT_UP_MS)
      while (head < target && !signal.aborted) await grown.wait(CAUGHT_UP_MS, signal)
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          const { rings } = bus.sequenced
          // What was rung for while we were reading may have come too late for that.
          if ((await readOn()) < PAGE && rings === bus.sequenced.rings)
            await bus.sequenced.wait(POLL_MS, signal)
        } catch (error) {
          log.warn({ err: error }, 'the live feed cannot read the log; trying again')
          await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
        }
      }
      await own.end()
    },
  }
}

interface LogState {
  readonly epoch: string
  readonly head: number
  readonly oldest: number
}

async function readState(db: Db): Promise<LogState> {
  const { rows } = await db.query<{ v: string; epoch: string; oldest: string }>({
    name: 'log-state',
    text: 'select v, epoch, oldest from seq_state where k = 1',
  })
  const [row] = rows
  if (!row) throw new Error('The event log has no state')
  return { epoch: row.epoch, head: Number(row.v), oldest: Number(row.oldest) }
}

/** Where the log will have come to, at least, when what waits is numbered. */
async function headOfCommitted(db: Db): Promise<number> {
  const { rows } = await db.query<{ target: string }>({
    name: 'log-target',
    text: 'select v + (select count(*) from events where seq is null) as target from seq_state where k = 1',
  })
  return Number(rows[0]?.target)
}

interface Row {
  id: string
  seq: string
  type: string
  actor_id: string
  payload: string
  created_at: string
  feeds: Record<string, number> | null
}

async function readEvents(db: Db, after: number): Promise<LoggedEvent[]> {
  const { rows } = await db.query<Row>({
    name: 'events-after',
    text: `select e.id, e.seq, e.type, e.actor_id, e.payload::text as payload, e.created_at,
                  (select json_object_agg(f.feed, f.prev) from event_feeds f
                   where f.feed = any(e.feeds) and f.seq = e.seq) as feeds
           from events e where e.seq > $1 order by e.seq limit ${PAGE}`,
    values: [after],
  })
  return rows.map(({ id, seq, type, actor_id: actorId, payload, created_at: at, feeds }) => ({
    seq: Number(seq),
    type,
    actorId,
    feeds: feeds ?? {},
    payload,
    text: `{"id":"${id}","type":"${type}","at":"${at}","data":${payload}}`,
  }))
}
