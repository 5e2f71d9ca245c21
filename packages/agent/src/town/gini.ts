/** How unequally amounts of 0 or more are shared: 0 all have the same, nearly 1 one has everything. */
export function gini(amounts: Iterable<number>): number {
  const sorted = Float64Array.from(amounts).sort()
  let sum = 0
  let ranked = 0
  for (const [index, amount] of sorted.entries()) {
    sum += amount
    ranked += (index + 1) * amount
  }
  return sum === 0 ? 0 : (2 * ranked) / (sorted.length * sum) - (sorted.length + 1) / sorted.length
}
