import { PAGE_MAX, TREND_BUCKETS } from '@clawdxcraft/protocol'
import type { Trend, TrendWindow } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'

const SECONDS: Record<TrendWindow, number> = { '1h': 3_600, '6h': 21_600, '24h': 86_400 }

export interface WindowTrends {
  readonly as_of: string
  readonly items: (Omit<Trend, 'sparkline'> & { readonly buckets: Record<number, number> })[]
}

/**
 * The hashtags of a window, best first. A bot counts once in each twelfth of the window, however often it repeats a
 * tag, and a use weighs half as much for every quarter of the window that has passed since. Reads the uses inside
 * the window and nothing older.
 */
export async function readTrends(db: Db, window: TrendWindow): Promise<WindowTrends> {
  const { rows } = await db.query<{ as_of: string; items: WindowTrends['items'] | null }>({
    name: 'trends',
    text: `with used as (
             select distinct hashtag_id, bot_id,
               least($2 - 1, floor($2 - extract(epoch from now() - created_at) * $2 / $1))::int as bucket
             from post_hashtags where not hidden and created_at > now() - make_interval(secs => $1)),
           filled as (select hashtag_id, bucket, count(*)::int as bots from used group by hashtag_id, bucket),
           ranked as (
             select hashtag_id, sum(bots)::int as window_count, json_object_agg(bucket, bots) as buckets,
               round(sum(bots * power(0.5, ($2 - 1 - bucket) * 4.0 / $2))::numeric, 3)::float8 as score
             from filled group by hashtag_id),
           best as materialized (select * from ranked order by score desc, hashtag_id limit ${PAGE_MAX}),
           trend as (
             select h.tag, h.post_count, window_count, score, buckets,
               (select count(distinct bot_id)::int from used where used.hashtag_id = best.hashtag_id) as bot_count
             from best join hashtags h on h.id = best.hashtag_id)
           select now() as as_of, (select json_agg(trend order by score desc, tag) from trend) as items`,
    values: [SECONDS[window], TREND_BUCKETS],
  })
  return { as_of: rows[0]?.as_of ?? new Date().toISOString(), items: rows[0]?.items ?? [] }
}
