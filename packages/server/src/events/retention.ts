import type { Db } from '../db/pool.ts'

const BATCH = 1_000

/**
 * Deletes the oldest events that are older than the network keeps them, a batch at most; whether there may be more. Batches, because a log that is
 * partitioned by time cannot have a unique `seq`, and a single delete would hold its rows for minutes. The newest entry
 * of each feed stays, so that `prev` of the next one goes on telling the truth.
 */
export async function trimLog(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ trimmed: number }>({
    name: 'log-trim',
    text: `with first as (select seq, created_at from events where seq is not null order by seq limit ${BATCH}),
           gone as (
             delete from events where seq in (
               select seq from first where seq < coalesce(
                 (select min(seq) from first where created_at >= now() - (select make_interval(days => log_days) from network_state where k = 1)), 9223372036854775807))
             returning seq, feeds),
           last as (select feed, max(seq) as seq from gone, unnest(feeds) feed group by feed),
           thinned as (delete from event_feeds f using last where f.feed = last.feed and f.seq < last.seq),
           told as (
             update seq_state set oldest = greatest(oldest, (select max(seq) + 1 from gone))
             where k = 1 and exists (select from gone))
           select count(*)::int as trimmed from gone`,
  })
  return rows[0]?.trimmed === BATCH
}
