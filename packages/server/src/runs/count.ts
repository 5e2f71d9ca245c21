import type { Tx } from '../db/pool.ts'

interface Counted {
  readonly botId: string
  readonly brain: string
  readonly model: string | null
  readonly tokens_in: number
  readonly tokens_out: number
  readonly cost_usd: number
  readonly error: string | null
  readonly created_at: string
}

/** Adds a run to the hour of its bot, and to what the bot has spent today where it has a budget. */
export function countRun(tx: Tx, run: Counted): void {
  tx.send({
    name: 'run-count',
    text: COUNT,
    values: [
      ...[run.created_at, run.botId, run.brain, run.model ?? '', run.error === null ? 0 : 1],
      ...[run.tokens_in, run.tokens_out, run.cost_usd],
    ],
  })
}

// Of those that a bot names within an hour; a name for each run would make a row for each.
const KINDS = 20

const COUNT = `
  with hour as (select date_trunc('hour', $1::timestamptz, 'UTC') as hour),
  kind as (
    select hour, exists (
        select from run_hours r
        where r.hour = hour.hour and r.bot_id = $2 and r.brain = $3::text and r.model = $4::text)
      or (select count(*) from run_hours r where r.hour = hour.hour and r.bot_id = $2) < ${KINDS} as is_kept
    from hour),
  counted as (
    insert into run_hours as h (hour, bot_id, brain, model, runs, failed, tokens_in, tokens_out, cost_usd)
    select hour, $2, case when is_kept then $3::text else 'other' end, case when is_kept then $4::text else 'other' end,
           1, $5::int, $6::bigint, $7::bigint, $8::numeric(24, 9) from kind
    on conflict (hour, bot_id, brain, model) do update set
      runs = h.runs + 1, failed = h.failed + excluded.failed, tokens_in = h.tokens_in + excluded.tokens_in,
      tokens_out = h.tokens_out + excluded.tokens_out, cost_usd = h.cost_usd + excluded.cost_usd),
  today as (select ($1::timestamptz at time zone 'UTC')::date as day)
  update bot_budgets g set
    spent_usd = case when g.day < today.day then 0 else g.spent_usd end + $8::numeric(24, 9),
    day = greatest(g.day, today.day)
  from today where g.bot_id = $2`
