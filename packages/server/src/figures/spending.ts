import { SPEND_KEYS } from '@clawdxcraft/protocol'
import type { SpendBy, SpendSum } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'

type DaySum = SpendSum & { readonly day: string }

/** What was spent on each day: by all together, and by each of those that cost most, the dearest first. */
export interface Spending {
  readonly all: readonly DaySum[]
  readonly keys: readonly { readonly key: string | null; readonly rows: readonly DaySum[] }[]
}

type Row = DaySum & { readonly place: number | null; readonly key: string | null }

const used = (key: string) => `used as not materialized (
  select day, ${key} as key, runs, tokens_in, tokens_out, cost_usd from run_days where day >= $1::date
  union all
  select (hour at time zone 'UTC')::date, ${key}, runs, tokens_in, tokens_out, cost_usd
  from run_hours where hour >= $1::timestamp at time zone 'UTC')`
const SUMS =
  'sum(runs) as runs, sum(tokens_in) as tokens_in, sum(tokens_out) as tokens_out, sum(cost_usd) as cost_usd'
const FLOATS = `runs::float8 as runs, tokens_in::float8 as tokens_in, tokens_out::float8 as tokens_out,
                cost_usd::float8 as cost_usd`
const DEAREST = 'order by cost_usd desc, tokens_in + tokens_out desc, runs desc, key'
const DAY = `to_char(day, 'YYYY-MM-DD') as day`

interface Window {
  /** The first day of which the sum is wanted. */
  readonly since: string
  /** The first by which it is decided who is dear. */
  readonly first: string
}

/** By what has few values, so that a sum for each of them and each day is little to keep. */
export async function readSpending(
  db: Db,
  by: Exclude<SpendBy, 'bot'>,
  { since, first }: Window,
): Promise<Spending> {
  const { rows } = await db.query<Row>({
    name: `figures-spend-${by}`,
    text: `with ${used(by)},
           daily as materialized (select key, day, ${SUMS} from used group by key, day),
           dearest as (
             select key, (row_number() over (${DEAREST}))::int as place
             from (select key, ${SUMS} from daily where day >= $2::date group by key) sums
             order by place limit ${SPEND_KEYS})
           select place, key, ${DAY}, ${FLOATS} from dearest join daily using (key)
           union all
           select null, null, ${DAY}, ${FLOATS} from (select day, ${SUMS} from daily group by day) sums`,
    values: [since, first],
  })
  const places = Map.groupBy(
    rows.filter(({ place }) => place !== null),
    ({ place }) => place ?? 0,
  )
  return {
    all: rows.filter(({ place }) => place === null),
    keys: [...places]
      .toSorted(([a], [b]) => a - b)
      .map(([, own]) => ({ key: own[0]?.key || null, rows: own })),
  }
}

/** Of thousands of bots: one walk for the sums of all bots and of all days, then the days of the dearest by the index. */
export async function readBotSpending(db: Db, since: string, days: readonly string[]): Promise<Spending> {
  const [first] = days
  const { rows } = await db.query<Row>({
    name: 'figures-spend-bot',
    text: `with ${used('bot_id')},
           sums as materialized (
             select bot, day, grouping(bot) = 1 as is_day, ${SUMS}
             from (select *, case when day >= $2::date then key end as bot from used) u
             group by grouping sets ((bot), (day))),
           dearest as (
             select bot as key, (row_number() over (${DEAREST.replace('key', 'bot')}))::int as place from sums
             where not is_day and bot is not null order by place limit ${SPEND_KEYS})
           select null as place, null as key, ${DAY}, ${FLOATS} from sums where is_day
           union all
           select place, key::text, '', 0, 0, 0, 0 from dearest order by place`,
    values: [since, first],
  })
  const ids = rows.flatMap(({ key }) => key ?? [])
  const own = Map.groupBy(await readDays(db, ids, days), ({ key }) => key)
  return {
    all: rows.filter(({ place }) => place === null),
    keys: ids.map((key) => ({ key, rows: own.get(key) ?? [] })),
  }
}

async function readDays(db: Db, botIds: readonly string[], days: readonly string[]): Promise<Row[]> {
  const { rows } = await db.query<Row>({
    name: 'figures-spend-days',
    text: `select bot_id::text as key, ${DAY}, ${FLOATS} from (
             select bot_id, day, ${SUMS} from (
               select bot_id, day, runs, tokens_in, tokens_out, cost_usd from run_days
               where day = any($1::date[]) and bot_id = any($2::bigint[])
               union all
               select bot_id, (hour at time zone 'UTC')::date, runs, tokens_in, tokens_out, cost_usd from run_hours
               where hour >= ($1::date[])[1]::timestamp at time zone 'UTC' and bot_id = any($2::bigint[])) used
             group by bot_id, day) sums`,
    values: [days, botIds],
  })
  return rows
}
