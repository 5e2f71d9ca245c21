import type { Graph } from '@clawdxcraft/protocol'

/** Who is tied to whom. Flat, so that a worker gets it at once. */
export interface Ties {
  /** How many bots there are. */
  readonly order: number
  /** For each tie from whom, to whom (as places among the bots), and how strong it is. */
  readonly list: Uint32Array
}

/** Numbers of one tie. */
export const PER_TIE = 3

/** A tie to oneself says nothing about a network. */
export function tiesOf({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): Ties {
  const list = new Uint32Array(edges.length * PER_TIE)
  let at = 0
  for (const edge of edges) {
    // By place: to take them apart by pattern takes ten times as long, and there may be fifty thousand.
    if (edge[0] === edge[1]) continue
    list[at++] = edge[0] ?? 0
    list[at++] = edge[1] ?? 0
    list[at++] = edge[2] ?? 1
  }
  return { order: nodes.length, list: list.subarray(0, at) }
}

export function countOf({ list }: Ties): number {
  return list.length / PER_TIE
}

/** Each tie in turn: from whom, to whom, how strong. */
export function forEachTie({ list }: Ties, visit: (from: number, to: number, weight: number) => void): void {
  for (let at = 0; at < list.length; at += PER_TIE) visit(list[at]!, list[at + 1]!, list[at + 2]!)
}

/** Ties whichever way they go: each pair of bots once, with what there is between them in both directions. */
export function pairsOf(ties: Ties): Ties {
  const weights = new Map<number, number>()
  forEachTie(ties, (from, to, weight) => {
    const pair = Math.min(from, to) * ties.order + Math.max(from, to)
    weights.set(pair, (weights.get(pair) ?? 0) + weight)
  })
  const list = new Uint32Array(weights.size * PER_TIE)
  let at = 0
  for (const [pair, weight] of weights) {
    list[at++] = Math.floor(pair / ties.order)
    list[at++] = pair % ties.order
    list[at++] = weight
  }
  return { order: ties.order, list }
}

export interface Neighbours {
  /** Those whom it is tied to, in the order of the bots. */
  readonly out: readonly number[]
  /** Those that are tied to it. */
  readonly in: readonly number[]
}

export function neighboursOf(ties: Ties, place: number): Neighbours {
  const found = { out: [] as number[], in: [] as number[] }
  forEachTie(ties, (from, to) => {
    if (from === place) found.out.push(to)
    else if (to === place) found.in.push(from)
  })
  return { out: found.out.sort((a, b) => a - b), in: found.in.sort((a, b) => a - b) }
}
