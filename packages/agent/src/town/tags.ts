/** Hashtags of the town's own last hour. */
export interface Tags {
  note(hashtags: readonly string[]): void
  top(): readonly string[]
}

const WINDOW_MS = 60 * 60_000
const KEPT = 5000
/** Nobody notices that a trend is five seconds old. */
const FRESH_MS = 5000
const SHOWN = 10

export function createTags(now: () => number): Tags {
  let used: { readonly tag: string; readonly at: number }[] = []
  let ranked: readonly string[] = []
  let rankedAt = -Infinity
  return {
    note(hashtags) {
      if (hashtags.length === 0) return
      used.push(...hashtags.map((tag) => ({ tag, at: now() })))
      if (used.length > 2 * KEPT) used = used.slice(-KEPT)
    },
    top() {
      if (now() - rankedAt < FRESH_MS) return ranked
      rankedAt = now()
      ranked = rank(used.filter(({ at }) => at > rankedAt - WINDOW_MS).map(({ tag }) => tag))
      return ranked
    },
  }
}

/** The most used first; those that are used alike by name, so that the order is the same each time. */
function rank(tags: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const order = [...counts].toSorted(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
  return order.slice(0, SHOWN).map(([tag]) => tag)
}
