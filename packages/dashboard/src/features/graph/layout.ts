import iterate from 'graphology-layout-forceatlas2/iterate.js'
import { ALONE } from './metrics.ts'
import { seeded } from './seeded.ts'
import { countOf, forEachTie, pairsOf } from './ties.ts'
import type { Ties } from './ties.ts'

/** Numbers of a bot, and of a pair, in the matrices of the layout. */
const PER_NODE = 10
const PER_PAIR = 3
const SEED = 11
/** The angle between one seed of a sunflower and the next. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5))

/** Where the bots are; they move with each step, and come to rest after `steps` of them. */
export interface Layout {
  readonly steps: number
  step(): void
  /** A copy: x and y of each bot. */
  positions(): Float32Array<ArrayBuffer>
}

/** The same ties and communities always come to rest in the same places. */
export function layoutOf(ties: Ties, communities: Int32Array): Layout {
  const pairs = pairsOf(ties)
  const nodes = nodesOf(pairs, startPositions(communities))
  const edges = edgesOf(pairs)
  const settings = settingsFor(ties.order)
  return {
    steps: ties.order < 2 ? 0 : stepsFor(ties.order),
    step: () => iterate(settings, nodes, edges),
    positions() {
      const positions = new Float32Array(ties.order * 2)
      for (let place = 0; place < ties.order; place++) {
        positions[place * 2] = nodes[place * PER_NODE]!
        positions[place * 2 + 1] = nodes[place * PER_NODE + 1]!
      }
      return positions
    },
  }
}

/** Communities as seeds of a sunflower, the largest in the middle, their bots around each: half of the way is gone. */
export function startPositions(communities: Int32Array): Float32Array {
  const random = seeded(SEED)
  const positions = new Float32Array(communities.length * 2)
  const spread = Math.sqrt(communities.length) * 10
  communities.forEach((community, place) => {
    const seed = community === ALONE ? communities.length : community
    const distance = community === ALONE ? spread * 2 : spread * Math.sqrt(seed / 6)
    const angle = community === ALONE ? random() * 2 * Math.PI : seed * GOLDEN
    const [around, off] = [random() * 2 * Math.PI, Math.sqrt(random()) * spread * 0.3]
    positions[place * 2] = Math.cos(angle) * distance + Math.cos(around) * off
    positions[place * 2 + 1] = Math.sin(angle) * distance + Math.sin(around) * off
  })
  return positions
}

function nodesOf(pairs: Ties, positions: Float32Array): Float32Array {
  const nodes = new Float32Array(pairs.order * PER_NODE)
  for (let place = 0; place < pairs.order; place++) {
    // Where it is, how heavy it is, how fast it may go, and how large it is.
    nodes.set([positions[place * 2]!, positions[place * 2 + 1]!, 0, 0, 0, 0, 1, 1, 1, 0], place * PER_NODE)
  }
  forEachTie(pairs, (one, other) => {
    nodes[one * PER_NODE + 6]!++
    nodes[other * PER_NODE + 6]!++
  })
  return nodes
}

function edgesOf(pairs: Ties): Float32Array {
  const edges = new Float32Array(countOf(pairs) * PER_PAIR)
  let at = 0
  forEachTie(pairs, (one, other, weight) => {
    // Ten answers bind more than one does, but not ten times more.
    edges.set([one * PER_NODE, other * PER_NODE, 1 + Math.log2(weight)], at)
    at += PER_PAIR
  })
  return edges
}

function settingsFor(order: number) {
  return {
    linLogMode: false,
    outboundAttractionDistribution: false,
    adjustSizes: false,
    edgeWeightInfluence: 1,
    scalingRatio: 10,
    strongGravityMode: true,
    gravity: 0.05,
    slowDown: 1 + Math.log(Math.max(1, order)),
    barnesHutOptimize: order > 500,
    barnesHutTheta: 0.6,
  }
}

/** Small ones are cheap, and large ones are a cloud early. */
function stepsFor(order: number): number {
  return order <= 1_000 ? 500 : 250
}
