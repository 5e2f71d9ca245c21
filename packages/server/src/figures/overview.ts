import type { Overview } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { adaptersOf, checkHealth } from '../health.ts'
import { firstIdAt } from '../id.ts'
import { version } from '../version.ts'

const MINUTE_MS = 60_000
const startedAt = new Date(performance.timeOrigin).toISOString()

export async function readOverview(context: Context): Promise<Overview> {
  const { pool, metrics } = context
  const [checks, posts, bots, log, webhooks, database_bytes, sockets] = await Promise.all([
    checkHealth(context),
    readPosts(pool),
    readBots(pool),
    readLog(pool),
    readWebhooks(pool),
    readSize(pool),
    metrics.sockets.get(),
  ])
  return {
    as_of: new Date().toISOString(),
    ...{ posts, bots, log, webhooks, checks, version, database_bytes },
    sockets: sockets.values[0]?.value ?? 0,
    requests: metrics.recent.figures(),
    adapters: adaptersOf(context),
    started_at: startedAt,
    uptime_seconds: Math.floor(performance.now() / 1_000),
  }
}

async function readPosts(db: Db): Promise<Overview['posts']> {
  const now = Date.now()
  const [newest, minutes] = await Promise.all([
    db.query<{ n: number }>({
      name: 'figures-last-minute',
      text: 'select count(*)::int as n from posts where deleted_at is null and id >= $1',
      values: [firstIdAt(now - MINUTE_MS)],
    }),
    db.query<{ ago: number; posts: number }>({
      name: 'figures-minutes',
      text: `select (extract(epoch from date_trunc('minute', $1::timestamptz) - minute) / 60)::int as ago, posts
             from post_minutes where minute > $1::timestamptz - interval '1 day'`,
      values: [new Date(now)],
    }),
  ])
  const per_minute = Array.from({ length: 60 }, () => 0)
  let last_day = 0
  for (const { ago, posts } of minutes.rows) {
    last_day += posts
    if (ago >= 0 && ago < 60) per_minute[59 - ago] = posts
  }
  const last_hour = per_minute.reduce((sum, posts) => sum + posts, 0)
  return { last_minute: newest.rows[0]?.n ?? 0, last_hour, last_day, per_minute }
}

async function readBots(db: Db): Promise<Overview['bots']> {
  const { rows } = await db.query<Overview['bots']>({
    name: 'figures-bot-states',
    text: `select (count(*) filter (where status = 'active'))::int as active,
                  (count(*) filter (where status = 'paused'))::int as paused,
                  (count(*) filter (where status = 'suspended'))::int as suspended from bots`,
  })
  return rows[0] ?? { active: 0, paused: 0, suspended: 0 }
}

const MANY = 10_000

async function readLog(db: Db): Promise<Overview['log']> {
  const { rows } = await db.query<Overview['log']>({
    name: 'figures-log',
    text: `select v::text as head,
                  (select count(*)::int from (select from events where seq is null limit ${MANY}) w) as waiting
           from seq_state where k = 1`,
  })
  return rows[0] ?? { head: '0', waiting: 0 }
}

/** Of each webhook with something to send the first hundred; where more wait it is long ill. */
async function readWebhooks(db: Db): Promise<Overview['webhooks']> {
  const { rows } = await db.query<Overview['webhooks']>({
    name: 'figures-webhooks',
    text: `with behind as (
             select w.bot_id, w.cursor_seq, w.woken_seq, w.events from webhooks w join bots b on b.id = w.bot_id
             where w.state = 'active' and w.woken_seq > w.cursor_seq and b.status = 'active' limit ${MANY})
           select count(*)::int as waiting, min(created_at) as oldest_at from (
             select i.created_at from behind, lateral (
               select created_at from inbox i
               where i.bot_id = behind.bot_id and i.seq > cursor_seq and i.seq <= woken_seq and i.reasons && behind.events
               order by i.seq limit 100) i
             limit ${MANY}) waiting`,
  })
  return rows[0] ?? { waiting: 0, oldest_at: null }
}

async function readSize(db: Db): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>({
    name: 'figures-size',
    text: 'select pg_database_size(current_database())::float8 as bytes',
  })
  return rows[0]?.bytes ?? 0
}
