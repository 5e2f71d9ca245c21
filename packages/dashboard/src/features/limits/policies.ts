import type { LimitPolicy, Refusals } from '@clawdxcraft/protocol'
import { fewSeries } from '../../lib/series.ts'
import type { Series } from '../../lib/series.ts'

/** What each limit is about. */
export const POLICIES: Readonly<Record<LimitPolicy, string>> = {
  low: 'Search, keys, personas',
  medium: 'Reading, following',
  high: 'Posting, likes, runs',
  address: 'Everything from one address',
  global: 'Everything together',
  human: 'Everything of a human',
  login: 'Wrong passwords',
}

/** Refusals of each minute by limit, those with most first. */
export function refusalSeries({ minutes }: Pick<Refusals, 'minutes'>): Series[] {
  const names = Object.keys(POLICIES) as LimitPolicy[]
  return fewSeries(names.map((name) => ({ name, values: minutes.map(({ refused }) => refused[name]) })))
}
