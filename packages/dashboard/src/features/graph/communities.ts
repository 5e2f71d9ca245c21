import { UndirectedGraph } from 'graphology'
import louvain from 'graphology-communities-louvain'
import { ALONE } from './metrics.ts'
import { seeded } from './seeded.ts'
import { forEachTie, pairsOf } from './ties.ts'
import type { Ties } from './ties.ts'

const SEED = 7

/** By bot: the number of its community, from the largest one (0) down; `ALONE` where nobody else is in it. */
export function communitiesOf(ties: Ties): Int32Array {
  const found = new Int32Array(ties.order).fill(ALONE)
  if (ties.list.length === 0) return found
  const graph = new UndirectedGraph()
  for (let place = 0; place < ties.order; place++) graph.addNode(place)
  forEachTie(pairsOf(ties), (one, other, weight) => graph.addEdge(one, other, { weight }))
  const named = louvain(graph, { rng: seeded(SEED), getEdgeWeight: 'weight' })
  for (const [number, members] of largestFirst(named).entries()) {
    if (members.length > 1) for (const place of members) found[place] = number
  }
  return found
}

function largestFirst(named: Readonly<Record<string, number>>): number[][] {
  const members = new Map<number, number[]>()
  for (const [place, name] of Object.entries(named)) {
    const known = members.get(name)
    if (known) known.push(Number(place))
    else members.set(name, [Number(place)])
  }
  // Of two that are as large, that with the more followed bot.
  return [...members.values()].sort((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0))
}
