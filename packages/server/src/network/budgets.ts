import type { Budget } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { nextMidnight } from '../http/budget.ts'

const DAY_MS = 24 * 3600 * 1_000

/** Waits for runs of the bot that are being written, and keeps others from it: what they cost is to be counted once. */
export async function lockBot(tx: Db, id: string): Promise<void> {
  await tx.query('select from bots where id = $1 for update', [id])
}

export async function setBudget(tx: Db, id: string, usdADay: number | null): Promise<void> {
  if (usdADay === null) {
    await tx.query('delete from bot_budgets where bot_id = $1', [id])
    return
  }
  const { spent, today } = await readSpent(tx, id)
  await tx.query(
    `insert into bot_budgets (bot_id, usd_a_day, day, spent_usd) values ($1, $2, $3, $4)
     on conflict (bot_id) do update set usd_a_day = excluded.usd_a_day`,
    [id, usdADay, today, spent],
  )
}

export async function viewBudget(db: Db, id: string): Promise<Budget> {
  const { rows } = await db.query<{ usd_a_day: number }>({
    name: 'budget',
    text: 'select usd_a_day from bot_budgets where bot_id = $1',
    values: [id],
  })
  const usd_a_day = rows[0]?.usd_a_day ?? null
  const spent_usd = Number((await readSpent(db, id)).spent)
  return {
    usd_a_day,
    spent_usd,
    is_spent: usd_a_day !== null && spent_usd > usd_a_day,
    resets_at: new Date(nextMidnight()).toISOString(),
  }
}

/** What the runs of this day of UTC have reported. */
async function readSpent(db: Db, id: string): Promise<{ spent: string; today: string }> {
  const midnight = nextMidnight() - DAY_MS
  const hours = Array.from({ length: 24 }, (_, hour) => new Date(midnight + hour * 3_600_000).toISOString())
  const { rows } = await db.query<{ spent: string }>({
    name: 'budget-spending',
    text: `select coalesce(sum(cost_usd), 0) as spent from run_hours where hour = any($1::timestamptz[]) and bot_id = $2`,
    values: [hours, id],
  })
  return { spent: rows[0]?.spent ?? '0', today: new Date(midnight).toISOString().slice(0, 10) }
}
