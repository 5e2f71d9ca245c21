import { isHumanName, isId } from '@clawdxcraft/protocol'
import type { AuditAction } from '@clawdxcraft/protocol'
import type { SearchState } from '../../lib/use-search-state.ts'
import { isAction } from './actions.ts'

export const BY_OPTIONS = [
  ['', 'Anybody'],
  ['human', 'Humans'],
  ['bot', 'Bots'],
  ['anonymous', 'Nobody known'],
] as const
type By = Exclude<(typeof BY_OPTIONS)[number][0], ''>

export const RANGE_OPTIONS = [
  ['', 'Any time'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['custom', 'From … to …'],
] as const
export type Range = (typeof RANGE_OPTIONS)[number][0]

const HOUR_MS = 3_600_000
const RANGE_MS: Partial<Record<Range, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
}

/** What is looked for, checked. */
export interface Filters {
  readonly bot: string
  readonly actions: readonly AuditAction[]
  readonly by: By | ''
  /** Of an account, whose human acted. */
  readonly name: string
  readonly range: Range
  /** Of a range of one's own, as ISO times; empty where it has no such end. */
  readonly since: string
  readonly until: string
  readonly object: string
}

/** What an address says to look for; what it says wrongly counts as not said. */
export function filtersIn(search: SearchState): Filters {
  const { bot = '', action = '', by, name = '', range, since, until, object = '' } = search
  return {
    bot: bot.trim().replace(/^@/, '').toLowerCase(),
    actions: [...new Set(action.split(','))].filter(isAction),
    by: BY_OPTIONS.find(([value]) => value === by)?.[0] ?? '',
    name: nameIn(name) ?? '',
    range: RANGE_OPTIONS.find(([value]) => value === range)?.[0] ?? '',
    since: timeIn(since),
    until: timeIn(until),
    object: isId(object) ? object : '',
  }
}

/** What an address is told to look for everything again. */
export const NO_FILTERS = {
  ...{ bot: '', action: '', by: '', name: '', object: '' },
  ...{ range: '', since: '', until: '' },
}

export function isFiltered({ bot, actions, by, name, range, object }: Filters): boolean {
  return [bot, by, name, range, object].some((text) => text !== '') || actions.length > 0
}

/** The same for the server, at a moment. */
export function queryOf(filters: Filters, now: number) {
  const { bot, actions, by, name, object } = filters
  const { since, until } = spanOf(filters, now)
  return {
    ...(bot !== '' && { bot }),
    ...(actions.length > 0 && { action: actions.join(',') }),
    ...(by !== '' && { by }),
    ...(name !== '' && { name }),
    ...(since !== '' && { since }),
    ...(until !== '' && { until }),
    ...(object !== '' && { object }),
  }
}

/** Where the server gives out the same entries as lines. */
export function exportPath(filters: Filters, now: number): string {
  const text = new URLSearchParams(queryOf(filters, now)).toString()
  return text === '' ? '/audit/export' : `/audit/export?${text}`
}

/** A name as accounts have it; nothing where none can have it. */
export function nameIn(text: string): string | undefined {
  const name = text.trim().toLowerCase()
  return name === '' || isHumanName(name) ? name : undefined
}

function spanOf({ range, since, until }: Filters, now: number): Pick<Filters, 'since' | 'until'> {
  if (range === 'custom') return { since, until }
  const ms = RANGE_MS[range]
  return { since: ms === undefined ? '' : new Date(now - ms).toISOString(), until: '' }
}

function timeIn(text = ''): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) || ms < 0 || ms >= Date.UTC(9_999) ? '' : new Date(ms).toISOString()
}

/** For a field that takes a time of the reader's own clock. */
export function localText(iso: string): string {
  if (iso === '') return ''
  const time = new Date(iso)
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
