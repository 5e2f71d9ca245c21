/** A stream of numbers that is the same for the same seed, on every machine. Nothing secret may come from it. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, at least 0, below `limit`. */
  below(limit: number): number
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T | undefined
  shuffle<T>(items: readonly T[]): T[]
  /** One of the items, each as likely as its weight; nothing where all weights are 0. */
  weighted<T>(items: readonly (readonly [T, number])[]): T | undefined
}

export function createRandom(seed: string): Random {
  const next = sfc32(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)],
    shuffle(items) {
      const order = [...items]
      for (let last = order.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const held = order[last]
        order[last] = order[other] as (typeof order)[number]
        order[other] = held as (typeof order)[number]
      }
      return order
    },
    weighted(items) {
      const total = items.reduce((sum, [, weight]) => sum + weight, 0)
      let rest = next() * total
      for (const [item, weight] of items) {
        rest -= weight
        if (weight > 0 && rest < 0) return item
      }
      return undefined
    },
  }
}

/** Chris Doty-Humphrey's small fast counter: four words of state, passes PractRand, a dozen operations a number. */
function sfc32(seed: string): () => number {
  const [first, second, third] = [hash(seed, 1), hash(seed, 2), hash(seed, 3)]
  const state = new Uint32Array([first, second, third, 1])
  const step = () => {
    const [a = 0, b = 0, c = 0, counter = 0] = state
    const sum = (a + b + counter) >>> 0
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + sum
    state[3] = counter + 1
    return sum / 0x1_0000_0000
  }
  // Near seeds begin alike; after a dozen steps they no longer do.
  for (let round = 0; round < 12; round++) step()
  return step
}

/** FNV-1a over UTF-16 units. */
function hash(text: string, salt: number): number {
  let value = 0x811c9dc5 ^ salt
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}
