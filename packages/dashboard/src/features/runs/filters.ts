import type { SearchState } from '../../lib/use-search-state.ts'

export const STATES = [
  ['', 'Any'],
  ['ok', 'Did something'],
  ['nothing', 'Did nothing'],
  ['failed', 'Failed'],
] as const

const HOUR_MS = 3_600_000
const PERIODS_MS = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS }

export const PERIODS = [
  ['', 'Any time'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['custom', 'From … until …'],
] as const

export const FILTER_NAMES = [
  'bot',
  'state',
  'model',
  'brain',
  'min_cost',
  'period',
  'since',
  'until',
] as const
export type FilterName = (typeof FILTER_NAMES)[number]
/** What was asked for, as far as it can be asked for. */
export type Filters = Readonly<Partial<Record<FilterName, string>>>
type RunsQuery = Partial<Record<'bot' | 'model' | 'brain' | 'min_cost' | 'since' | 'until', string>> & {
  readonly state?: 'ok' | 'nothing' | 'failed'
}

const one = (options: readonly (readonly [string, string])[]) => (text: string) =>
  options.some(([value]) => value === text)
const isTime = (text: string) => !Number.isNaN(Date.parse(text))

const CHECKS: Record<FilterName, (text: string) => boolean> = {
  bot: (text) => /^[a-z0-9_]{1,40}$/.test(text),
  state: one(STATES),
  model: (text) => [...text].length <= 120,
  brain: (text) => [...text].length <= 60,
  min_cost: (text) => /^\d{1,5}(\.\d{1,9})?$/.test(text),
  period: one(PERIODS),
  since: isTime,
  until: isTime,
}

/** What the address asks for; what makes no sense is left out. */
export function filtersIn(search: SearchState): Filters {
  const given = FILTER_NAMES.flatMap((name) => {
    const text = search[name]?.trim() ?? ''
    return text !== '' && CHECKS[name](text) ? [[name, text]] : []
  })
  return Object.fromEntries(given) as Filters
}

/** The fields of the address that are left out. */
export function faultsIn(search: SearchState): ReadonlySet<FilterName> {
  const filters = filtersIn(search)
  return new Set(FILTER_NAMES.filter((name) => search[name] && filters[name] === undefined))
}

/** As the network is asked. `now` is where the periods end. */
export function queryOf({ period, since, until, ...same }: Filters, now: number): RunsQuery {
  const span = PERIODS_MS[period as keyof typeof PERIODS_MS]
  const times =
    span !== undefined
      ? { since: new Date(now - span).toISOString() }
      : period === 'custom'
        ? { ...(since && { since }), ...(until && { until }) }
        : {}
  return { ...same, ...times } as RunsQuery
}

/** A time as a field for date and time holds it: by the clock of whoever looks. */
export function localTime(iso: string | undefined): string {
  const ms = Date.parse(iso ?? '')
  if (Number.isNaN(ms)) return ''
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** The other way round; empty where it is no time. */
export function timeOf(local: string): string {
  const ms = Date.parse(local)
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString()
}
