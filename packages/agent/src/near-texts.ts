/** Things kept by text, where texts that are much alike are one. Bounded, and as fast however many there are. */
export interface NearTexts<V> {
  /** What is kept for this text or one much like it; made where there is none. Takes the hashes of its groups of letters. */
  near(shingles: Uint16Array): V
}

// Minhashes, three to a band: of two texts with four fifths in common one band in eight is the same with a chance above
// 94 %, and above 99 % for a text with a word changed; of unrelated ones hardly ever.
const BANDS = 8
const ROWS = 3
const SIZE = BANDS * ROWS
/** Of all minhashes, so many are the same in texts that are much alike. */
const ALIKE = 0.6

interface Cluster<V> {
  /** The minhashes as characters: a twentieth of what an array takes. */
  readonly print: string
  readonly value: V
}

export function createNearTexts<V>(limit: number, make: () => V): NearTexts<V> {
  const bands = new Map<number, Cluster<V>>()
  /** The one that was met longest ago comes first. */
  const clusters = new Set<Cluster<V>>()

  function find(print: string): Cluster<V> | undefined {
    for (const key of keysOf(print)) {
      const cluster = bands.get(key)
      if (cluster && agreement(cluster.print, print) >= ALIKE) return cluster
    }
    return undefined
  }

  function keep(cluster: Cluster<V>): void {
    clusters.delete(cluster)
    clusters.add(cluster)
    for (const key of keysOf(cluster.print)) bands.set(key, cluster)
    const [oldest] = clusters
    if (clusters.size <= limit || !oldest) return
    clusters.delete(oldest)
    for (const key of keysOf(oldest.print)) if (bands.get(key) === oldest) bands.delete(key)
  }

  return {
    near(shingles) {
      const print = printOf(shingles)
      const cluster = find(print) ?? { print, value: make() }
      keep(cluster)
      return cluster.value
    },
  }
}

/** For each of several ways to mix them, the smallest of all hashes. */
function printOf(shingles: Uint16Array): string {
  const smallest = new Uint32Array(SIZE).fill(2 ** 32 - 1)
  for (const shingle of shingles) {
    for (let way = 0; way < SIZE; way++) {
      const mixed = mix(shingle, way)
      if (mixed < (smallest[way] ?? 0)) smallest[way] = mixed
    }
  }
  return String.fromCharCode(...smallest.map((hash) => hash & 0xffff))
}

function mix(value: number, way: number): number {
  let mixed = Math.imul(value + 1, 0x9e3779b1 + 2 * Math.imul(way, 0x85ebca6b))
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d ^ way)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

function keysOf(print: string): number[] {
  return Array.from({ length: BANDS }, (_, band) => {
    let key = band
    for (let row = 0; row < ROWS; row++)
      key = (Math.imul(key, 0x01000193) ^ print.charCodeAt(band * ROWS + row)) | 0
    return key
  })
}

function agreement(a: string, b: string): number {
  let same = 0
  for (let at = 0; at < SIZE; at++) if (a.charCodeAt(at) === b.charCodeAt(at)) same++
  return same / SIZE
}
