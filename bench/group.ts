import type { Network } from './network.ts'
import type { Row } from './table.ts'

/** What a measurement is given. */
export interface Bench {
  readonly network: Network
  /** Only to see that it works: the figures of such a run mean little. */
  readonly isQuick: boolean
  readonly signal: AbortSignal
  tell(what: string): void
}

export type Thing = (bench: Bench) => Promise<Row[]>

/** Things that are measured together, on a network of their own. */
export interface Group {
  readonly about: string
  /** How many bots the network has. */
  readonly bots: number
  readonly things: readonly Thing[]
}

/** Measures the same so many times, once where it is quick. */
export async function repeat<T>(
  bench: Bench,
  runs: number,
  measure: (run: string) => Promise<T>,
): Promise<T[]> {
  const count = bench.isQuick ? 1 : runs
  const results: T[] = []
  for (let run = 1; run <= count; run++) results.push(await measure(`run ${run} of ${count}`))
  return results
}
