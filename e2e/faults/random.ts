/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** Less than 1. */
  next(): number
  between(low: number, high: number): number
  shuffled<T>(list: readonly T[]): T[]
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const random: Random = {
    // Mulberry32.
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
    between: (low, high) => low + random.next() * (high - low),
    shuffled(list) {
      const order = list.map((item) => ({ item, key: random.next() }))
      return order.toSorted((a, b) => a.key - b.key).map(({ item }) => item)
    },
  }
  return random
}
