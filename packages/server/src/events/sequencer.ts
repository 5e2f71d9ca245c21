import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Context } from '../context.ts'
import { connection, joinWrites } from '../db/pool.ts'
import { transact } from '../db/transact.ts'
import { AUDIT_WAITS, CHAIN_BATCH, chainAudit } from './audit-chain.ts'
import { settleEpoch } from './epoch.ts'

const BATCH = 1_000
// Without Redis other processes' commits ring no bell here; this is how long their events wait at most.
const POLL_MS = 40
// How often the chain of the audit log goes on.
const CHAIN_MS = 250
const STANDBY_MS = 500
const RECONNECT_MS = 200
// It asks far more often than this.
const SILENT_MS = 5_000

/**
 * Gives every committed event its `seq`: dense, and in an order that no reader can overtake. All processes run it; the
 * one that holds the advisory lock does the work, on the connection that holds the lock, so that both end together.
 */
export async function runSequencer(context: Context, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await withClient(context, async (client) => {
        while (!signal.aborted && !(await isLeader(client))) await sleep(STANDBY_MS, undefined, { signal })
        // The database that it comes back to may be a restored one.
        await settleEpoch(client)
        await lead(client, context, signal)
      })
    } catch (error) {
      if (signal.aborted) return
      context.log.warn({ err: error }, 'the sequencer lost its database; trying again')
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
    }
  }
}

export async function withClient(
  context: Context,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    ...connection(context.databaseUrl),
    pipeline: true,
    connectionTimeoutMillis: 900,
    query_timeout: 5_000,
  })
  // A broken connection also fails the next query, which is where it is handled.
  client.on('error', () => {})
  try {
    await client.connect()
    // A leader whose machine has vanished cannot let go of the lock, and nothing tells PostgreSQL for two hours.
    await client.query(
      `set idle_session_timeout = ${SILENT_MS}; set idle_in_transaction_session_timeout = ${SILENT_MS}`,
    )
    await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

async function isLeader(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    "select pg_try_advisory_lock(hashtext('clawdxcraft.sequencer')) as locked",
  )
  return rows[0]?.locked === true
}

/** Numbers events for as long as it leads; beside that, where no event waits for it, the audit log is chained. */
async function lead(client: pg.Client, context: Context, signal: AbortSignal): Promise<void> {
  const { written } = context.bus
  const over = new AbortController()
  const chaining = chainOn(context, AbortSignal.any([signal, over.signal]))
  try {
    for (let seen = -1; !signal.aborted;) {
      const { rings } = written
      // Rung for, it is there; unrung, it has to be looked for, which costs less than to lock.
      const isThere = rings !== seen || (await isWaiting(client))
      const isAll = !isThere || (await sequenceBatch(client, context)) < BATCH
      seen = rings
      // What was rung for meanwhile may have come too late for that.
      if (isAll && rings === written.rings) await written.wait(POLL_MS, signal)
    }
  } finally {
    over.abort()
    await chaining
  }
}

async function chainOn({ pool, log }: Context, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const waiting = await pool.query({ name: 'unchained', text: `select where ${AUDIT_WAITS}` })
      // Where a batch was full there is more, as after an update of an old network.
      if (waiting.rowCount === 1 && (await transact(pool, chainAudit)) === CHAIN_BATCH) continue
    } catch (error) {
      log.warn({ err: error }, 'the audit log could not be chained; trying again')
    }
    await sleep(CHAIN_MS, undefined, { signal }).catch(() => {})
  }
}

async function isWaiting(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'unsequenced',
    text: 'select from events where seq is null limit 1',
  })
  return rowCount === 1
}

/** Numbers what waits, at most a batch; returns how many. */
export async function sequenceBatch(client: pg.Client, context: Context): Promise<number> {
  // Waited for: if it failed alone, the lock would be gone before the next statement.
  await client.query('begin')
  joinWrites(client)
  const [, { rows }] = await Promise.all([
    client.query({ name: 'log-lock', text: LOCK }),
    client.query<{ sequenced: number }>({ name: 'sequence', text: NUMBER, values: [BATCH] }),
    client.query('commit'),
  ])
  const sequenced = rows[0]?.sequenced ?? 0
  if (sequenced === 0) return 0
  context.metrics.events.inc(sequenced)
  context.bus.sequenced.ring()
  return sequenced
}

const LOCK = 'select from seq_state where k = 1 for update'

/**
 * Numbers events from the last number on and enters them into their feeds and inboxes. A statement of its own: it must see what the
 * lock made visible. In one statement with the lock, a second leader that waited for it would number events again that
 * were delivered already, without any error.
 */
const NUMBER = `
  with numbered as (
    update events e set seq = last.v + u.rn
    from (select id, row_number() over (order by id) rn
          from (select id from events where seq is null order by id limit $1) q) u,
         (select v from seq_state where k = 1) last
    where e.id = u.id and coalesce(e.seq, 0) = 0 returning e.*),
  entry as (
    select feed, seq, lag(seq) over (partition by feed order by seq) as prev
    from numbered, unnest(feeds) feed),
  entered as (
    insert into event_feeds (feed, seq, prev)
    select feed, seq, coalesce(prev, (
      select f.seq from event_feeds f where f.feed = entry.feed order by f.seq desc limit 1), 0)
    from entry),
  delivered as (
    insert into inbox (bot_id, seq, event_id, reasons, actor_id, post_id, created_at)
    select bot.key::bigint, seq, id, array(select jsonb_array_elements_text(bot.value)), actor_id,
           case when type = 'post.created' then (payload->>'id')::bigint end, created_at
    from numbered, jsonb_each(addressed) bot)
  update seq_state set v = v + (select count(*) from numbered) where k = 1
  returning (select count(*)::int from numbered) as sequenced`
