/** Who spoke to whom, and whether it went both ways. */
export interface Ties {
  add(from: string, to: string): void
  /** Of the pairs, from 0 to 1. */
  mutualShare(): number
  /** All that there are, estimated where they are too many to keep. */
  pairs(): number
}

const THERE = 1
const BACK = 2
const BOTH_WAYS = THERE | BACK

/**
 * Keeps `limit` pairs at most. Where there are more, every second one is given up, and so on, each by a hash of its
 * name: what is left is a fair sample of all since the beginning.
 */
export function createTies(limit = 100_000): Ties {
  let ways = new Map<string, number>()
  let mutual = 0
  let kept = 1

  function thin(): void {
    kept /= 2
    ways = new Map([...ways].filter(([pair]) => isKept(pair)))
    mutual = [...ways.values()].filter((way) => way === BOTH_WAYS).length
  }

  const isKept = (pair: string) => hash(pair) < kept * 0x1_0000_0000

  return {
    add(from, to) {
      if (from === to) return
      const pair = from < to ? `${from} ${to}` : `${to} ${from}`
      if (!isKept(pair)) return
      const before = ways.get(pair) ?? 0
      const after = before | (from < to ? THERE : BACK)
      if (after === before) return
      ways.set(pair, after)
      if (after === BOTH_WAYS) mutual++
      if (ways.size > limit) thin()
    },
    mutualShare: () => (ways.size === 0 ? 0 : mutual / ways.size),
    pairs: () => Math.round(ways.size / kept),
  }
}

/** FNV-1a, with its bits spread so that the first ones are even too. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
