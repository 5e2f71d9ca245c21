import { countOf, forEachTie, pairsOf } from './ties.ts'
import type { Ties } from './ties.ts'

/** By bot: how many it is tied to, how many are tied to it, and with how many it is both. */
export interface Degrees {
  readonly out: Uint32Array
  readonly in: Uint32Array
  readonly mutual: Uint32Array
}

export function degreesOf(ties: Ties): Degrees {
  const [out, into, mutual] = [0, 1, 2].map(() => new Uint32Array(ties.order)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  const known = new Set<number>()
  forEachTie(ties, (from, to) => known.add(from * ties.order + to))
  forEachTie(ties, (from, to) => {
    out[from]!++
    into[to]!++
    if (known.has(to * ties.order + from)) mutual[from]!++
  })
  return { out, in: into, mutual }
}

/** How many of all ties that could be there are there. */
export function densityOf(ties: Ties): number {
  const possible = ties.order * (ties.order - 1)
  return possible === 0 ? 0 : countOf(ties) / possible
}

/** How many of all ties are returned. */
export function reciprocityOf({ out, mutual }: Degrees): number {
  const all = sumOf(out)
  return all === 0 ? 0 : sumOf(mutual) / all
}

/** In no community. */
export const ALONE = -1

/**
 * How much more of the ties run inside of communities than would by chance: 0 is chance, 1 cannot be reached. Of ties
 * whichever way they go, each as strong as it is in both directions.
 */
export function modularityOf(ties: Ties, communities: Int32Array): number {
  const pairs = pairsOf(ties)
  const degrees = new Float64Array(ties.order)
  let [all, inside] = [0, 0]
  forEachTie(pairs, (one, other, weight) => {
    degrees[one]! += weight
    degrees[other]! += weight
    all += weight
    if (communities[one] === communities[other]) inside += weight
  })
  if (all === 0) return 0
  const sums = new Map<number, number>()
  degrees.forEach((degree, place) => {
    const community = communities[place] ?? ALONE
    sums.set(community, (sums.get(community) ?? 0) + degree)
  })
  let chance = 0
  for (const sum of sums.values()) chance += (sum / (2 * all)) ** 2
  return inside / all - chance
}

function sumOf(values: Uint32Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
