import type { Spend, SpendBy, SpendSum, Spent } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { viewAuthors } from '../views/bots.ts'
import { readBotSpending, readSpending } from './spending.ts'
import type { Spending } from './spending.ts'

const DAY_MS = 24 * 3600 * 1_000

/** What runs have cost in these days of UTC, today among them. */
export async function readSpend(db: Db, by: SpendBy, count: number): Promise<Spend> {
  const today = new Date().toISOString().slice(0, 10)
  const days = Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(today) - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  )
  const first = days[0] ?? today
  const month = `${today.slice(0, 7)}-01`
  const since = month < first ? month : first
  const { all, keys } = await (by === 'bot'
    ? readBotSpending(db, since, days)
    : readSpending(db, by, { since, first }))
  const total = spentOn(days, all)
  const known = keys.map(({ key, rows }) => ({ key, ...spentOn(days, rows) }))
  const handles =
    by === 'bot'
      ? await viewAuthors(
          db,
          keys.flatMap(({ key }) => key ?? []),
        )
      : undefined
  return {
    by,
    days,
    total,
    keys: known.map(({ key, ...spent }) => ({
      key,
      name: handles ? (handles.get(key ?? '')?.handle ?? null) : key,
      ...spent,
    })),
    rest: restOf(total, known),
    today: sumOf(all.filter(({ day }) => day === today)),
    month: sumOf(all.filter(({ day }) => day >= month)),
  }
}

const FIELDS = ['cost_usd', 'tokens_in', 'tokens_out', 'runs'] as const

/** To the billionth of a dollar, as the sums are kept. */
const exact = (value: number) => Math.round(value * 1e9) / 1e9

function sumOf(rows: readonly SpendSum[]): SpendSum {
  const sum = { cost_usd: 0, tokens_in: 0, tokens_out: 0, runs: 0 }
  for (const row of rows) for (const field of FIELDS) sum[field] += row[field]
  return { ...sum, cost_usd: exact(sum.cost_usd) }
}

/** The sum of these days, and one for each of them. */
function spentOn(days: readonly string[], rows: Spending['all']): Spent {
  const byDay = Map.groupBy(rows, ({ day }) => day)
  return spentOf(days.map((day) => sumOf(byDay.get(day) ?? [])))
}

function spentOf(sums: readonly SpendSum[]): Spent {
  const of = (field: (typeof FIELDS)[number]) => sums.map((sum) => sum[field])
  const by_day = {
    cost_usd: of('cost_usd'),
    tokens_in: of('tokens_in'),
    tokens_out: of('tokens_out'),
    runs: of('runs'),
  }
  return { sum: sumOf(sums), by_day }
}

function restOf(total: Spent, known: readonly Spent[]): Spent {
  const left = (field: (typeof FIELDS)[number], index: number) => {
    const parts = known.reduce((sum, { by_day }) => sum + (by_day[field][index] ?? 0), 0)
    // What was written after the total was read is among the parts already.
    return Math.max(0, exact((total.by_day[field][index] ?? 0) - parts))
  }
  return spentOf(
    total.by_day.runs.map((_, index) => ({
      cost_usd: left('cost_usd', index),
      tokens_in: left('tokens_in', index),
      tokens_out: left('tokens_out', index),
      runs: left('runs', index),
    })),
  )
}
