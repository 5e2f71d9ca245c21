import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Pool } from '../db/pool.ts'
import { transact } from '../db/transact.ts'
import { isDatabaseAway } from '../http/error.ts'
import { HOOK_COLUMNS } from './hook.ts'
import type { Hook } from './hook.ts'
import type { Item, Skipped } from './turn.ts'

// Longer than a request may take; what a killed process was sending is to be sent again within thirty.
const LEASE_SECONDS = 28
const PER_ORIGIN = 2
const LOOKED_AT = 2_000
// An answer that takes longer than this keeps others waiting.
const SLOW_MS = 1_000

/** For how many webhooks there is room; slow ones get a part of it only, or they would take all. */
export interface Room {
  readonly all: number
  readonly slow: number
}

/** Takes webhooks that have something to send, those first that were served longest ago, and at most two of each origin. */
export async function lease(pool: Pool, room: Room): Promise<Hook[]> {
  return transact(pool, async (tx) => {
    // Two processes that count the leases of an origin at the same time would both find room.
    tx.send({ name: 'lease-lock', text: "select pg_advisory_xact_lock(hashtext('clawdxcraft.lease'))" })
    const { rows } = await tx.query<Hook>({
      name: 'webhooks-lease',
      text: LEASE,
      values: [room.all, room.slow],
    })
    return rows
  })
}

const IS_FREE = `w.state = 'active' and w.leased_until < now()`

const dueOnes = (isSlow: boolean) => `
    (select id, due_at, origin, is_slow from webhooks w
     where ${IS_FREE} and w.woken_seq > w.cursor_seq and w.is_slow = ${isSlow} and w.due_at <= now()
       and w.origin <> all(array(select origin from leased where n >= ${PER_ORIGIN}))
     order by w.due_at limit ${LOOKED_AT})`

// Of many that are due the first ones by the index, and a choice of those: not all of them each time.
const LEASE = `
  with leased as (select origin, count(*) as n from webhooks where leased_until > now() group by origin),
  due as (${dueOnes(false)} union ${dueOnes(true)} union
    (select id, due_at, origin, is_slow from webhooks w
     where ${IS_FREE} and w.resend <> '{}'
       and exists (select from bots b where b.id = w.bot_id and b.status = 'active') order by id limit $1)),
  ranked as (select *, row_number() over (partition by origin order by due_at) as nth from due),
  fitting as (
    select ranked.*, row_number() over (partition by is_slow order by due_at) as place
    from ranked left join leased on leased.origin = ranked.origin where nth <= ${PER_ORIGIN} - coalesce(n, 0)),
  chosen as (
    select w.id from fitting f join webhooks w on w.id = f.id
    where (not f.is_slow or f.place <= $2) and ${IS_FREE} order by f.due_at limit $1 for no key update of w skip locked)
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
  /** Of those that were sent together, the first one has it. */
  readonly exchange: object | null
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
  /** How long the answer took; `null` where nothing was sent. */
  readonly ms: number | null
  readonly error: string | null
  readonly resent: string | null
  readonly notes: readonly Note[]
}

/**
 * Writes down what came of it, if the lease still holds and nobody has moved the cursor; nothing of it is written else. What
 * an address or a token answered that the owner has changed meanwhile counts only if it was taken. Returns the webhook
 * where it goes on at once and is still leased.
 */
export async function settle(db: Db, hook: Hook, settled: Settled): Promise<Hook | undefined> {
  const { cursor, batch, attempt, dueIn, state, health, error, resent, notes, ms } = settled
  const query = {
    name: 'webhook-settle',
    text: SETTLE,
    values: [
      ...[hook.id, hook.lease_token, hook.cursor_seq, cursor, batch, attempt, dueIn, state, health, error],
      ...[resent, JSON.stringify(notes), hook.version, ms === null ? null : ms > SLOW_MS],
    ],
  }
  const { rows } = await whileLeased(() => db.query<Hook & { goes_on: boolean }>(query))
  const [row] = rows
  if (row) return row.goes_on ? row : undefined
  await release(db, hook)
  return undefined
}

/** What was sent and is not written down is sent again; a database that is away for a moment is waited for. */
async function whileLeased<T>(write: () => Promise<T>): Promise<T> {
  for (const delay of [100, 300, 1_000, 2_000]) {
    try {
      return await write()
    } catch (error) {
      if (!isDatabaseAway(error)) throw error
      await sleep(delay)
    }
  }
  return write()
}

const DUE = `case when $7::float8 is null then w.due_at else now() + make_interval(secs => $7) end`
const RESEND = 'array_remove(w.resend, $11::bigint)'
// A failure of last week is not the beginning of this one.
const FAILING_SINCE = `case $9 when 'well' then null when 'ill' then
  case when w.last_failed_at > now() - interval '30 hours' then w.failing_since else now() end else w.failing_since end`
const STATE = `case when w.state <> 'active' then w.state
  when $9 = 'ill' and ${FAILING_SINCE} < now() - interval '5 days' then 'failed' else $8 end`
const GOES_ON = `${STATE} = 'active' and b.status = 'active'
  and (${RESEND} <> '{}' or (w.woken_seq > $4::bigint and ${DUE} <= now()))`

const SETTLE = `
  with moved as (
    update webhooks w set
      cursor_seq = $4, batch = $5, attempt = $6, due_at = ${DUE}, resend = ${RESEND}, state = ${STATE},
      last_error = case $9 when 'same' then w.last_error else $10 end,
      failing_since = ${FAILING_SINCE},
      last_failed_at = case $9 when 'ill' then now() else w.last_failed_at end,
      is_slow = coalesce($14, w.is_slow),
      last_delivered_at = case $9 when 'well' then now() else w.last_delivered_at end,
      leased_until = case when ${GOES_ON} then now() + interval '${LEASE_SECONDS} seconds' else '-infinity' end
    from bots b
    where w.id = $1 and w.lease_token = $2 and w.cursor_seq = $3 and b.id = w.bot_id
      and (w.version = $13 or $9 = 'well')
    returning ${HOOK_COLUMNS}, w.leased_until > now() as goes_on),
  noted as (
    insert into webhook_deliveries as d
      (webhook_id, seq, bot_id, actor_id, event_id, reasons, state, skip_reason, digest_of, attempts, run_id,
       exchange)
    select moved.id, n.seq, moved.bot_id, n.actor_id, n.event_id, n.reasons, n.state, n.skip_reason, n.digest_of,
           n.attempts, n.run_id, n.exchange
    from moved, jsonb_to_recordset($12::jsonb) n(seq bigint, actor_id bigint, event_id bigint, reasons text[], state text,
      skip_reason text, digest_of bigint, attempts jsonb, run_id text, exchange jsonb)
    on conflict (webhook_id, seq) do update set
      state = excluded.state, skip_reason = excluded.skip_reason, digest_of = excluded.digest_of, at = now(),
      run_id = coalesce(excluded.run_id, d.run_id),
      exchange = case when excluded.attempts = '[]' then d.exchange else excluded.exchange end,
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
    exchange: null,
  }))
}

export function noteOf({ seq, eventId, actor, reasons }: Item) {
  return { seq, event_id: eventId, actor_id: actor.id, reasons }
}
