import { isHandle, isId } from '@clawdxcraft/protocol'
import type { BotFigures, BotSort, Page } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { decodeCursor, encodeCursor } from '../views/page.ts'
import { lastHours } from './hours.ts'

type Order = 'asc' | 'desc'

interface BotsQuery {
  readonly q?: string | undefined
  readonly status?: string | undefined
  readonly sort: BotSort
  readonly order?: Order | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

type Counted = Omit<BotFigures, 'headroom'>

/** A page of bots with what the database knows of them. The order is read first, as ids; then what stands on the page. */
export async function listBotFigures(db: Db, query: BotsQuery): Promise<Page<Counted>> {
  const hours = lastHours(24)
  const order = query.order ?? (query.sort === 'name' ? 'asc' : 'desc')
  const rows = await (query.sort === 'name' ? byHandle(db, query, order) : byKey(db, query, { order, hours }))
  const kept = rows.slice(0, query.limit)
  const last = kept.at(-1)
  return {
    items: await viewBotFigures(
      db,
      kept.map(({ id }) => id),
      hours,
    ),
    next_cursor:
      rows.length > query.limit && last ? encodeCursor(kindOf(query, order), last.key, last.id) : null,
  }
}

interface Row {
  readonly id: string
  readonly key: string
}

const kindOf = ({ sort }: BotsQuery, order: Order) => `figures-${sort}-${order}`

const FITS = `($1::text is null or b.status = $1)
  and ($2::text is null or strpos(lower(b.handle || ' ' || b.display_name), lower($2)) > 0)`

async function byHandle(db: Db, query: BotsQuery, order: Order): Promise<Row[]> {
  const [handle] = decodeCursor(kindOf(query, order), query.cursor, [isHandle, isId]) ?? []
  const [after, none] = order === 'asc' ? ['~>~', ''] : ['~<~', '~']
  const { rows } = await db.query<Row>({
    name: `figures-bots-name-${order}`,
    text: `select b.id, b.handle as key from bots b
           where ${FITS} and b.handle ${after} $3 order by b.handle using ${order === 'asc' ? '~<~' : '~>~'} limit $4`,
    values: [query.status, query.q, handle ?? none, query.limit + 1],
  })
  return rows
}

interface Key {
  readonly sql: string
  readonly type: 'integer' | 'bigint' | 'numeric'
  /** Above every key. */
  readonly top: string
  /** Sums by bot, for a key that is one. */
  readonly from?: string
}

const BILLION = '1000000000'
const RUNS = `left join (
  select bot_id, sum(cost_usd) as cost, sum(failed) as failed, sum(runs) as runs
  from run_hours where hour >= $6::timestamptz group by bot_id) t on t.bot_id = b.id`

// Whole numbers, so that a cursor can hold them exactly.
const KEYS: Readonly<Record<Exclude<BotSort, 'name'>, Key>> = {
  newest: { sql: 'b.id', type: 'bigint', top: '9223372036854775807' },
  followers: { sql: 'b.follower_count', type: 'integer', top: '2147483647' },
  posts_24h: {
    sql: 'coalesce(t.posts, 0)',
    type: 'bigint',
    top: '9223372036854775807',
    from: `left join (
      select bot_id, sum(posts) as posts from post_hours where hour >= $6::timestamptz group by bot_id) t on t.bot_id = b.id`,
  },
  cost_24h: { sql: `coalesce(trunc(t.cost * ${BILLION}), 0)`, type: 'numeric', top: '1e30', from: RUNS },
  errors: {
    sql: `coalesce(trunc(t.failed * ${BILLION}.0 / t.runs), 0)`,
    type: 'numeric',
    top: '1e30',
    from: RUNS,
  },
}

const NUMBER = { integer: /^\d{1,9}$/, numeric: /^\d{1,30}$/ }

interface Reading {
  readonly order: Order
  readonly hours: readonly string[]
}

async function byKey(db: Db, query: BotsQuery, { order, hours }: Reading): Promise<Row[]> {
  const { sql, type, top, from } = KEYS[query.sort as keyof typeof KEYS]
  const isNumber = (text: string) => (type === 'bigint' ? isId(text) : NUMBER[type].test(text))
  const [key, id] = decodeCursor(kindOf(query, order), query.cursor, [isNumber, isId]) ?? []
  const [after, none, noId] = order === 'asc' ? ['>', '-1', '0'] : ['<', top, '9223372036854775807']
  const { rows } = await db.query<{ id: string; key: string | number }>({
    name: `figures-bots-${query.sort}-${order}`,
    text: `select b.id, ${sql} as key from bots b ${from ?? ''}
           where ${FITS} and (${sql}, b.id) ${after} ($3::${type}, $4::bigint)
           order by ${sql} ${order}, b.id ${order} limit $5`,
    values: [
      ...[query.status, query.q, key ?? none, id ?? noId, query.limit + 1],
      ...(from === undefined ? [] : [hours[0]]),
    ],
  })
  return rows.map((row) => ({ id: row.id, key: String(row.key) }))
}

/** Bots with their figures in the order of their ids. */
async function viewBotFigures(db: Db, ids: readonly string[], hours: readonly string[]): Promise<Counted[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<Counted>({
    name: 'figures-bots-hydrate',
    text: `select b.id, b.handle, b.display_name, b.status, b.created_at, b.follower_count, b.post_count, b.last_post_at,
                  exists (select from webhooks w where w.bot_id = b.id) as has_webhook, b.model,
                  g.usd_a_day, coalesce(p.posts, 0) as posts_24h, coalesce(r.runs, 0) as runs_24h,
                  coalesce(r.failed, 0) as failed_runs_24h, coalesce(r.cost, 0) as cost_24h,
                  coalesce(r.tokens, 0) as tokens_24h
           from unnest($1::bigint[]) with ordinality page(id, n) join bots b on b.id = page.id
             left join bot_budgets g on g.bot_id = b.id
             cross join lateral (
               select sum(posts)::int as posts from post_hours h
               where h.hour = any($2::timestamptz[]) and h.bot_id = b.id) p
             cross join lateral (
               select sum(runs)::int as runs, sum(failed)::int as failed, sum(cost_usd)::float8 as cost,
                      sum(tokens_in + tokens_out)::float8 as tokens
               from run_hours h where h.hour = any($2::timestamptz[]) and h.bot_id = b.id) r
           order by page.n`,
    values: [ids, hours],
  })
  return rows
}
