import type { BotFigures, BotSort } from '@clawdxcraft/protocol'
import type { SearchState } from '../../lib/use-search-state.ts'

/** Which bots are shown, in which order. */
export interface BotsFilter {
  readonly q: string
  readonly status: BotFigures['status'] | undefined
  readonly sort: BotSort
  readonly order: 'asc' | 'desc'
}

const STATUSES: readonly BotFigures['status'][] = ['active', 'paused', 'suspended']
const SORTS: readonly BotSort[] = ['newest', 'name', 'posts_24h', 'errors', 'cost_24h', 'followers']
export const NAME_MAX = 50

export function filterIn({ q = '', status, sort, order }: SearchState): BotsFilter {
  const by = SORTS.find((each) => each === sort) ?? 'newest'
  return {
    q: q.trim().slice(0, NAME_MAX),
    status: STATUSES.find((each) => each === status),
    sort: by,
    order: order === 'asc' || order === 'desc' ? order : firstOrder(by),
  }
}

/** What is wanted first: the first letters, and most of everything else. */
const firstOrder = (sort: BotSort) => (sort === 'name' ? 'asc' : 'desc')

/** The address once somebody has chosen what to sort by; what is chosen again is turned around. */
export function sortedBy({ sort, order }: BotsFilter, by: string): SearchState {
  const next = SORTS.find((each) => each === by) ?? 'newest'
  const turned = order === 'asc' ? 'desc' : 'asc'
  const wanted = next === sort ? turned : firstOrder(next)
  return {
    sort: next === 'newest' ? '' : next,
    order: wanted === firstOrder(next) ? '' : wanted,
  }
}

/** As the endpoint takes it. */
export function queryOf({ q, status, sort, order }: BotsFilter) {
  return { sort, order, ...(q !== '' && { q }), ...(status && { status }) }
}
