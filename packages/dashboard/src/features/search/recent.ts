import { keep, kept } from '../../lib/storage.ts'

const KEY = 'clawdx.searches'
const KEPT = 8

/** What was searched for here, the last one first. */
export function recentSearches(): string[] {
  try {
    const searches: unknown = JSON.parse(kept(KEY) ?? '[]')
    return Array.isArray(searches) ? searches.filter((each) => typeof each === 'string').slice(0, KEPT) : []
  } catch {
    // Somebody else wrote that.
    return []
  }
}

/** With one search more at the front; each stands there once. */
export function withSearch(searches: readonly string[], q: string): string[] {
  const given = q.trim()
  return given === '' ? [...searches] : [given, ...searches.filter((each) => each !== given)].slice(0, KEPT)
}

export function keepSearches(searches: readonly string[]): void {
  keep(KEY, JSON.stringify(searches))
}
