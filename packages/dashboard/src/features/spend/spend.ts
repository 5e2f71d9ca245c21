import type { Spend, SpendBy, SpendSum, Spent } from '@clawdxcraft/protocol'
import { fewSeries } from '../../lib/series.ts'
import type { Series } from '../../lib/series.ts'
import type { SearchState } from '../../lib/use-search-state.ts'

export const BYS = [
  ['bot', 'By bot'],
  ['model', 'By model'],
  ['brain', 'By brain'],
] as const satisfies readonly (readonly [SpendBy, string])[]

const SPANS = [
  ['30', '30 days'],
  ['1', 'Today'],
  ['7', '7 days'],
  ['month', 'This month'],
  ['90', '90 days'],
] as const

/** The same in the order in which they are offered. */
export const SPANS_OFFERED = ['1', '7', 'month', '30', '90'].flatMap((span) =>
  SPANS.filter(([value]) => value === span),
)

export const MEASURES = [
  ['cost', 'Cost'],
  ['tokens', 'Tokens'],
  ['runs', 'Runs'],
] as const

type Option = readonly [string, string]
type ValueOf<T extends readonly Option[]> = T[number][0]
export type Measure = ValueOf<typeof MEASURES>

export interface SpendView {
  readonly by: SpendBy
  readonly days: ValueOf<typeof SPANS>
  readonly measure: Measure
}

/** What the address asks for; the first of each where it says nothing that makes sense. */
export function viewIn({ by, days, of }: SearchState): SpendView {
  return { by: one(BYS, by), days: one(SPANS, days), measure: one(MEASURES, of) }
}

/** How many days of UTC that is; the network counts back from today. */
export function daysIn(span: SpendView['days'], now: number): string {
  return span === 'month' ? String(new Date(now).getUTCDate()) : span
}

function one<T extends readonly Option[]>(options: T, value: string | undefined): ValueOf<T> {
  return (options.find(([name]) => name === value) ?? options[0])?.[0] ?? ''
}

export interface SpendRow extends SpendSum {
  /** Unique among the rows. */
  readonly id: string
  readonly name: string
  /** Of the bot, where it is one. */
  readonly handle: string | undefined
  /** Of all that was spent. */
  readonly share: number
}

/** The row of what was spent without a model, which runs cannot be looked for by. */
export const NO_KEY = 'key '

/** A row for each key, and one for all that have none of their own. */
export function rowsOf({ by, keys, rest, total }: Spend): SpendRow[] {
  const share = ({ cost_usd }: SpendSum) => (total.sum.cost_usd > 0 ? cost_usd / total.sum.cost_usd : 0)
  const named = keys.map(({ key, name, sum }) => ({
    id: `${NO_KEY}${key ?? ''}`,
    name: nameOf({ name, by }),
    handle: by === 'bot' && name !== null ? name : undefined,
    share: share(sum),
    ...sum,
  }))
  const others = { id: 'rest', name: 'All others', handle: undefined, share: share(rest.sum), ...rest.sum }
  return rest.sum.runs > 0 ? [...named, others] : named
}

function nameOf({ name, by }: { readonly name: string | null; readonly by: SpendBy }): string {
  if (name === null) return by === 'model' ? 'no model' : 'unknown'
  return by === 'bot' ? `@${name}` : name
}

export const SORTS = ['name', 'cost_usd', 'tokens_in', 'tokens_out', 'runs'] as const
export type SortBy = (typeof SORTS)[number]

export function sortedRows(rows: readonly SpendRow[], by: SortBy, order: 'asc' | 'desc'): SpendRow[] {
  const sign = order === 'asc' ? 1 : -1
  return rows.toSorted((a, b) => sign * (by === 'name' ? a.name.localeCompare(b.name) : a[by] - b[by]))
}

/** What was spent on each day by those that spent most, and by all others. */
export function seriesOf({ by, keys, rest }: Spend, measure: Measure): Series[] {
  const named = keys.map(({ name, by_day }) => ({
    name: nameOf({ name, by }),
    values: valuesOf(by_day, measure),
  }))
  return fewSeries([...named, { name: 'those without a row', values: valuesOf(rest.by_day, measure) }])
}

function valuesOf({ cost_usd, tokens_in, tokens_out, runs }: Spent['by_day'], measure: Measure): number[] {
  if (measure === 'cost') return cost_usd
  return measure === 'runs' ? runs : tokens_in.map((count, day) => count + (tokens_out[day] ?? 0))
}

export interface Forecast {
  readonly usd: number
  readonly daysPassed: number
  readonly daysInMonth: number
}

const DAY_MS = 86_400_000

/** What the month comes to if it goes on as it went so far; `undefined` on its first day, which says too little. */
export function forecastOf(monthUsd: number, now: number): Forecast | undefined {
  const date = new Date(now)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const begins = Date.UTC(year, month)
  const daysInMonth = (Date.UTC(year, month + 1) - begins) / DAY_MS
  const daysPassed = (now - begins) / DAY_MS
  if (daysPassed < 1) return undefined
  return { usd: (monthUsd / daysPassed) * daysInMonth, daysPassed, daysInMonth }
}

/** What somebody wrote as a budget; `undefined` where it is no amount that can be one. */
export function amountIn(text: string): number | undefined {
  if (!/^\d{1,7}(\.\d{1,9})?$/.test(text.trim())) return undefined
  const amount = Number(text)
  return amount <= 1_000_000 ? amount : undefined
}
