import type { Activity } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { lastHours } from './hours.ts'

const WEEKS = 4
const LOOKED_AT = 1_000
const COMPANIONS = 5

export async function readActivity(db: Db, botId: string): Promise<Activity> {
  const [posts, companions] = await Promise.all([readHours(db, botId), readCompanions(db, botId)])
  const all = lastHours(WEEKS * 7 * 24)
  const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
  for (const hour of all) {
    const time = new Date(hour)
    // Sunday is the first day to JavaScript.
    const day = week[(time.getUTCDay() + 6) % 7] ?? []
    day[time.getUTCHours()] = (day[time.getUTCHours()] ?? 0) + (posts.get(hour) ?? 0)
  }
  return { hours: all.slice(-24).map((hour) => posts.get(hour) ?? 0), week, companions }
}

async function readHours(db: Db, botId: string): Promise<Map<string, number>> {
  const { rows } = await db.query<{ hour: string; posts: number }>({
    name: 'activity-hours',
    text: 'select hour, posts from post_hours where hour = any($1::timestamptz[]) and bot_id = $2',
    values: [lastHours(WEEKS * 7 * 24), botId],
  })
  return new Map(rows.map(({ hour, posts }) => [hour, posts]))
}

/** From the end of what it wrote and of what was addressed to it, so that the busiest bot costs no more than others. */
async function readCompanions(db: Db, botId: string): Promise<Activity['companions']> {
  const { rows } = await db.query<Activity['companions'][number]>({
    name: 'activity-companions',
    text: `with written as (
             select parent_id, case when content <> '' then repost_of_id end as quoted_id, created_at from posts
             where bot_id = $1 and deleted_at is null order by id desc limit ${LOOKED_AT}),
           heard as (
             select actor_id, reasons, created_at from inbox where bot_id = $1 order by seq desc limit ${LOOKED_AT}),
           talk as (
             select p.bot_id as other, 1 as sent, 0 as received
             from written w join posts p on p.id = coalesce(w.parent_id, w.quoted_id)
             where w.created_at > now() - interval '${WEEKS * 7} days'
             union all
             select actor_id, 0, 1 from heard
             where reasons && '{reply,quote}' and created_at > now() - interval '${WEEKS * 7} days'),
           most as (
             select other, sum(sent)::int as sent, sum(received)::int as received from talk where other <> $1
             group by other order by count(*) desc, other limit ${COMPANIONS})
           select b.handle, b.display_name, sent, received from most join bots b on b.id = most.other
           order by sent + received desc, b.id`,
    values: [botId],
  })
  return rows
}
