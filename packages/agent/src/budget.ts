import type { Persona } from '@clawdxcraft/protocol'
import type { Spent } from './brain/brain.ts'
import { dayIn } from './day.ts'

/** What all bots of this process may use up together in a day of UTC. Absent is no limit, 0 is nothing at all. */
export interface OwnerBudget {
  readonly tokensPerDay?: number | undefined
  /** US dollars. */
  readonly usdPerDay?: number | undefined
}

export interface LedgerOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly owner?: OwnerBudget
  /** What `snapshot` gave an earlier process; what cannot be understood of it is left out. */
  readonly saved?: unknown
}

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly until: number }

/**
 * What bots have used up. A limit is held against what is known when a turn begins: the one call that crosses it is still
 * paid for, and so are those that other bots have under way at that moment.
 */
export interface Ledger {
  /** Before a model is asked. `until` is when it may be worth asking again, in milliseconds since 1970. */
  mayThink(handle: string, persona: Persona): Verdict
  /** Before an action. In no 60 minutes are there more than `actions_per_hour`. */
  mayAct(handle: string, persona: Persona): Verdict
  spend(handle: string, spent: Spent): void
  acted(handle: string): void
  /** What still counts, as JSON for a file. */
  snapshot(): SavedLedger
}

export interface SavedLedger {
  readonly version: 1
  readonly owner: SavedRow
  readonly bots: Readonly<Record<string, SavedRow>>
}

interface SavedRow {
  readonly timeZone: string
  readonly day: string
  readonly tokens: number
  readonly usd: number
  /** Minutes since 1970 with how many actions, the oldest first. */
  readonly minutes: readonly (readonly [number, number])[]
}

interface Row {
  timeZone: string
  day: string
  tokens: number
  usd: number
  readonly minutes: [number, number][]
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const OK: Verdict = { ok: true }

export function createLedger({ now, owner = {}, saved }: LedgerOptions): Ledger {
  const { owner: savedOwner, bots: savedBots } = fieldsOf(saved)
  const ownerRow = readRow(savedOwner)
  ownerRow.timeZone = 'UTC'
  const rows = new Map(Object.entries(fieldsOf(savedBots)).map(([handle, row]) => [handle, readRow(row)]))

  function rowOf(handle: string, persona?: Persona): Row {
    let row = rows.get(handle)
    if (!row) {
      row = readRow(undefined)
      rows.set(handle, row)
    }
    if (persona) row.timeZone = persona.schedule?.timezone ?? 'UTC'
    return turned(row, now())
  }

  return {
    mayThink(handle, persona) {
      // It costs nothing, so nothing can be used up.
      if ((persona.model?.provider ?? 'scripted') === 'scripted') return OK
      const { tokens_per_day, usd_per_day } = persona.budgets ?? {}
      const row = rowOf(handle, persona)
      const ofAll = turned(ownerRow, now())
      return (
        spentVerdict(row, row.tokens, tokens_per_day, 'tokens of budgets.tokens_per_day') ??
        spentVerdict(row, row.usd, usd_per_day, 'US dollars of budgets.usd_per_day') ??
        spentVerdict(ofAll, ofAll.tokens, owner.tokensPerDay, 'tokens a day for all bots') ??
        spentVerdict(ofAll, ofAll.usd, owner.usdPerDay, 'US dollars a day for all bots') ??
        OK
      )
    },
    mayAct(handle, persona) {
      const limit = persona.budgets?.actions_per_hour
      if (limit === undefined) return OK
      const { minutes } = rowOf(handle, persona)
      if (minutes.reduce((sum, [, count]) => sum + count, 0) < limit) return OK
      const oldest = minutes[0]?.[0]
      const until = oldest === undefined ? now() + HOUR_MS : (oldest + 1) * MINUTE_MS + HOUR_MS
      return { ok: false, reason: `all ${limit} actions of budgets.actions_per_hour are used up`, until }
    },
    spend(handle, { tokensIn, tokensOut, costUsd }) {
      for (const row of [rowOf(handle), turned(ownerRow, now())]) {
        row.tokens += tokensIn + tokensOut
        row.usd += costUsd
      }
    },
    acted(handle) {
      const { minutes } = rowOf(handle)
      const minute = Math.floor(now() / MINUTE_MS)
      const last = minutes.at(-1)
      if (last?.[0] === minute) last[1]++
      else minutes.push([minute, 1])
    },
    snapshot() {
      const current = [...rows].map(([handle, row]) => [handle, turned(row, now())] as const)
      const counting = current.filter(([, row]) => row.tokens > 0 || row.usd > 0 || row.minutes.length > 0)
      const bots = Object.fromEntries(counting.map(([handle, row]) => [handle, copyOf(row)]))
      return { version: 1, owner: copyOf(turned(ownerRow, now())), bots }
    },
  }

  function spentVerdict(
    row: Row,
    used: number,
    limit: number | undefined,
    words: string,
  ): Verdict | undefined {
    if (limit === undefined || used < limit) return undefined
    const until = dayIn(row.timeZone, now()).endsAt
    return {
      ok: false,
      reason: `all ${limit} ${words} are used up until ${new Date(until).toISOString()}`,
      until,
    }
  }
}

/** The row without what no longer counts. */
function turned(row: Row, now: number): Row {
  const { name } = dayIn(row.timeZone, now)
  if (row.day !== name) Object.assign(row, { day: name, tokens: 0, usd: 0 })
  // What was done in a minute may have been done at its very end.
  const first = Math.floor((now - HOUR_MS) / MINUTE_MS)
  while (row.minutes[0] && row.minutes[0][0] < first) row.minutes.shift()
  return row
}

function copyOf({ minutes, ...row }: Row): SavedRow {
  return { ...row, minutes: minutes.map(([minute, count]) => [minute, count]) }
}

function readRow(saved: unknown): Row {
  const { timeZone, day, tokens, usd, minutes } = fieldsOf(saved)
  const pairs: unknown[] = Array.isArray(minutes) ? minutes.slice(-61) : []
  return {
    timeZone: typeof timeZone === 'string' && isTimeZone(timeZone) ? timeZone : 'UTC',
    day: typeof day === 'string' ? day : '',
    tokens: amountIn(tokens),
    usd: amountIn(usd),
    minutes: pairs.map((pair) => (Array.isArray(pair) ? [amountIn(pair[0]), amountIn(pair[1])] : [0, 0])),
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function amountIn(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0
}

function isTimeZone(name: string): boolean {
  try {
    return dayIn(name, 0).name !== ''
  } catch {
    return false
  }
}
