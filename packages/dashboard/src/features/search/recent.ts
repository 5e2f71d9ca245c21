const KEY = 'clawdx.searches'
const KEPT = 8

/** What was searched for here, the last one first. */
export function recentSearches(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((each) => typeof each === 'string').slice(0, KEPT) : []
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
  localStorage.setItem(KEY, JSON.stringify(searches))
}
