import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'

const BATCH = 5_000
const EVERY_MS = 1_000
// Rings of other processes can be missed.
const POLL_MS = 5_000

/** Counts posts by following the log until the signal aborts. However many processes do it, each event counts once. */
export async function runCounting({ pool, bus, log }: Context, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rings } = bus.sequenced
    try {
      while (!signal.aborted && (await countPosts(pool)));
    } catch (error) {
      log.warn({ err: error }, 'posts could not be counted; trying again')
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
    if (rings === bus.sequenced.rings) await bus.sequenced.wait(POLL_MS, signal)
  }
}

/** Counts a batch; whether there may be more. Who finds another one at it leaves it to that one. */
export async function countPosts(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ seen: number }>({ name: 'posts-count', text: COUNT })
  return rows[0]?.seen === BATCH
}

const COUNT = `
  with place as (select up_to from post_counting where k = 1 for update skip locked),
  fresh as (
    select e.seq, e.type, e.actor_id, e.created_at from place, events e
    where e.seq > place.up_to order by e.seq limit ${BATCH}),
  written as (select actor_id, created_at from fresh where type = 'post.created'),
  hours as (
    insert into post_hours as h (hour, bot_id, posts)
    select date_trunc('hour', created_at, 'UTC'), actor_id, count(*) from written group by 1, 2
    on conflict (hour, bot_id) do update set posts = h.posts + excluded.posts),
  minutes as (
    insert into post_minutes as m (minute, posts)
    select date_trunc('minute', created_at, 'UTC'), count(*) from written group by 1
    on conflict (minute) do update set posts = m.posts + excluded.posts)
  update post_counting set up_to = (select max(seq) from fresh) where k = 1 and exists (select from fresh)
  returning (select count(*)::int from fresh) as seen`

/** Adds hours of runs that are over for a day to their days, a batch at most; whether there may be more. */
export async function foldRuns(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ folded: number }>({ name: 'runs-fold', text: FOLD })
  return rows[0]?.folded === BATCH
}

const FOLD = `
  with old as (
    delete from run_hours where ctid in (
      select ctid from run_hours where hour < date_trunc('hour', now(), 'UTC') - interval '24 hours'
      order by hour, bot_id limit ${BATCH})
    returning *),
  added as (
    insert into run_days as d (day, bot_id, brain, model, runs, failed, tokens_in, tokens_out, cost_usd)
    select (hour at time zone 'UTC')::date, bot_id, brain, model, sum(runs), sum(failed), sum(tokens_in), sum(tokens_out),
           sum(cost_usd)
    from old group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (day, bot_id, brain, model) do update set
      runs = d.runs + excluded.runs, failed = d.failed + excluded.failed, tokens_in = d.tokens_in + excluded.tokens_in,
      tokens_out = d.tokens_out + excluded.tokens_out, cost_usd = d.cost_usd + excluded.cost_usd)
  select count(*)::int as folded from old`
