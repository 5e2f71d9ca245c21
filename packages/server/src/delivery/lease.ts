import type { Db, Pool } from '../db/pool.ts'
import { transact } from '../db/transact.ts'
import { HOOK_COLUMNS } from './hook.ts'
import type { Hook } from './hook.ts'
import type { Item, Skipped } from './turn.ts'

/** Longer than a request may take; what a killed process was sending is sent again after it. */
export const LEASE_SECONDS = 30
const PER_ORIGIN = 2

/**
 * Tells the webhooks of those bots that something was addressed to after a place of the log, and returns how far the log
 * goes. So one for which nothing comes costs nothing. A log that is shorter than that place is another one.
 */
export async function wake(pool: Pool, after: string | undefined): Promise<string> {
  const { rows } = await pool.query<{ v: string; is_another: boolean }>(
    after === undefined
      ? { name: 'webhooks-wake-all', text: WAKE_ALL }
      : { name: 'webhooks-wake', text: WAKE, values: [after] },
  )
  const [log] = rows
  if (!log) throw new Error('The event log has no state')
  return log.is_another ? wake(pool, undefined) : log.v
}

// Locked in one order, as all processes wake the same ones.
const WAKE_ALL = `
  with woken as (
    update webhooks w set woken_seq = late.seq
    from (select w.id, last.seq from webhooks w,
            lateral (select max(seq) as seq from inbox i where i.bot_id = w.bot_id) last
          where last.seq > w.woken_seq order by w.id for no key update of w) late
    where late.id = w.id)
  select v, false as is_another from seq_state where k = 1`

const WAKE = `
  with log as (select v from seq_state where k = 1),
  fresh as (
    select key::bigint as bot_id, max(seq) as seq
    from log, events e, jsonb_object_keys(e.addressed) key
    where e.seq > $1 and e.seq <= log.v and e.addressed is not null group by 1),
  woken as (
    update webhooks w set woken_seq = late.seq
    from (select w.id, fresh.seq from webhooks w join fresh on fresh.bot_id = w.bot_id
          where fresh.seq > w.woken_seq order by w.id for no key update of w) late
    where late.id = w.id)
  select v, v < $1::bigint as is_another from log`

const IS_DUE = `w.state = 'active' and (w.woken_seq > w.cursor_seq or w.resend <> '{}')
  and (w.due_at <= now() or w.resend <> '{}') and w.leased_until < now()`

/** Takes webhooks that have something to send, those first that have waited longest, and at most two of each origin. */
export async function lease(pool: Pool, max: number): Promise<Hook[]> {
  return transact(pool, async (tx) => {
    // Two processes that count the leases of an origin at the same time would both find room.
    tx.send({ name: 'lease-lock', text: "select pg_advisory_xact_lock(hashtext('clawdxcraft.lease'))" })
    const { rows } = await tx.query<Hook>({ name: 'webhooks-lease', text: LEASE, values: [max] })
    return rows
  })
}

const LEASE = `
  with leased as (select origin, count(*) as n from webhooks where leased_until > now() group by origin),
  due as (
    select w.id, w.due_at, w.origin, row_number() over (partition by w.origin order by w.due_at) as nth
    from webhooks w join bots b on b.id = w.bot_id where ${IS_DUE} and b.status = 'active'),
  chosen as (
    select w.id from due join webhooks w on w.id = due.id left join leased on leased.origin = due.origin
    where due.nth <= ${PER_ORIGIN} - coalesce(leased.n, 0) and ${IS_DUE}
    order by due.due_at limit $1 for no key update of w skip locked)
  update webhooks w
  set lease_token = gen_random_uuid(), leased_until = now() + interval '${LEASE_SECONDS} seconds'
  from chosen, bots b where w.id = chosen.id and b.id = w.bot_id
  returning ${HOOK_COLUMNS}`

/** What is written down of one event. */
export interface Note {
  readonly seq: string
  readonly event_id: string | null
  readonly actor_id: string
  readonly reasons: readonly string[]
  readonly state: 'delivered' | 'retrying' | 'dead' | 'skipped'
  readonly skip_reason: string | null
  readonly digest_of: string | null
  readonly attempts: readonly object[]
  readonly run_id: string | null
}

/** How a webhook stands after something was done with it. */
export interface Settled {
  readonly cursor: string
  readonly batch: readonly string[] | null
  readonly attempt: number
  /** Seconds until there may be a next attempt; `null` leaves that as it is. */
  readonly dueIn: number | null
  readonly state: 'active' | 'failed'
  readonly health: 'well' | 'ill' | 'same'
  readonly error: string | null
  readonly resent: string | null
  readonly notes: readonly Note[]
}

/**
 * Writes down what came of it, if the lease still holds and nobody has moved the cursor; nothing of it is written else.
 * Returns the webhook where it goes on at once and is still leased.
 */
export async function settle(db: Db, hook: Hook, settled: Settled): Promise<Hook | undefined> {
  const { cursor, batch, attempt, dueIn, state, health, error, resent, notes } = settled
  const { rows } = await db.query<Hook & { goes_on: boolean }>({
    name: 'webhook-settle',
    text: SETTLE,
    values: [
      ...[hook.id, hook.lease_token, hook.cursor_seq, cursor, batch, attempt, dueIn, state, health, error],
      ...[resent, JSON.stringify(notes)],
    ],
  })
  const [row] = rows
  if (row) return row.goes_on ? row : undefined
  await release(db, hook)
  return undefined
}

const DUE = `case when $7::float8 is null then w.due_at else now() + make_interval(secs => $7) end`
const RESEND = 'array_remove(w.resend, $11::bigint)'
const STATE = `case when w.state <> 'active' then w.state
  when $9 = 'ill' and w.failing_since < now() - interval '5 days' then 'failed' else $8 end`
const GOES_ON = `${STATE} = 'active' and b.status = 'active'
  and (${RESEND} <> '{}' or (w.woken_seq > $4::bigint and ${DUE} <= now()))`

const SETTLE = `
  with moved as (
    update webhooks w set
      cursor_seq = $4, batch = $5, attempt = $6, due_at = ${DUE}, resend = ${RESEND}, state = ${STATE},
      last_error = case $9 when 'same' then w.last_error else $10 end,
      failing_since = case $9 when 'well' then null when 'ill' then coalesce(w.failing_since, now()) else w.failing_since end,
      last_delivered_at = case $9 when 'well' then now() else w.last_delivered_at end,
      leased_until = case when ${GOES_ON} then now() + interval '${LEASE_SECONDS} seconds' else '-infinity' end
    from bots b
    where w.id = $1 and w.lease_token = $2 and w.cursor_seq = $3 and b.id = w.bot_id
    returning ${HOOK_COLUMNS}, w.leased_until > now() as goes_on),
  noted as (
    insert into webhook_deliveries as d
      (webhook_id, seq, bot_id, actor_id, event_id, reasons, state, skip_reason, digest_of, attempts, run_id)
    select moved.id, n.seq, moved.bot_id, n.actor_id, n.event_id, n.reasons, n.state, n.skip_reason, n.digest_of,
           n.attempts, n.run_id
    from moved, jsonb_to_recordset($12::jsonb) n(seq bigint, actor_id bigint, event_id bigint, reasons text[], state text,
      skip_reason text, digest_of bigint, attempts jsonb, run_id text)
    on conflict (webhook_id, seq) do update set
      state = excluded.state, skip_reason = excluded.skip_reason, digest_of = excluded.digest_of, at = now(),
      run_id = coalesce(excluded.run_id, d.run_id),
      attempts = jsonb_path_query_array(d.attempts || excluded.attempts, '$[last - 19 to last]'))
  select * from moved`

/** Lets go of a lease before its time. */
export async function release(db: Db, hook: Hook): Promise<void> {
  await db.query({
    name: 'webhook-release',
    text: `update webhooks set leased_until = '-infinity' where id = $1 and lease_token = $2`,
    values: [hook.id, hook.lease_token],
  })
}

export function notesOfSkipped(skipped: readonly Skipped[]): Note[] {
  return skipped.map(({ item, reason }) => ({
    ...noteOf(item),
    state: 'skipped',
    skip_reason: reason,
    digest_of: null,
    attempts: [],
    run_id: null,
  }))
}

export function noteOf({ seq, eventId, actor, reasons }: Item) {
  return { seq, event_id: eventId, actor_id: actor.id, reasons }
}
