import type { Db } from '../db/pool.ts'

/** Whether the bot `b` has used up what it may spend today: a column of the query that says who is calling. */
export const IS_SPENT = `exists (
  select from bot_budgets g
  where g.bot_id = b.id and g.day = (now() at time zone 'UTC')::date and g.spent_usd > g.usd_a_day)`

export async function isBudgetSpent(db: Db, botId: string): Promise<boolean> {
  const { rows } = await db.query<{ is_spent: boolean }>({
    name: 'budget-spent',
    text: `select ${IS_SPENT} as is_spent from bots b where id = $1`,
    values: [botId],
  })
  return rows[0]?.is_spent === true
}

const DAY_MS = 24 * 3600 * 1_000

/** Of UTC, in milliseconds since the epoch. */
export function nextMidnight(): number {
  return (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS
}
