import type { Delivery } from '@clawdxcraft/protocol'

interface Figures {
  /** Of how many deliveries they are: those that were tried at all. */
  readonly tried: number
  /** The part of them that was delivered, of 1. */
  readonly delivered: number | undefined
  /** Milliseconds that half of the answers took no longer than, and nineteen of twenty. */
  readonly median: number | undefined
  readonly p95: number | undefined
  /** Milliseconds of the last attempts, the oldest first. */
  readonly times: readonly number[]
}

/** What the newest deliveries come to. */
export function figuresOf(deliveries: readonly Delivery[]): Figures {
  const tried = deliveries.filter(({ attempts }) => attempts.length > 0)
  const times = tried.flatMap(({ attempts }) => attempts.filter(({ status }) => status !== null).slice(-1))
  const sorted = times.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const delivered = tried.filter(({ state }) => state === 'delivered').length
  return {
    tried: tried.length,
    delivered: tried.length > 0 ? delivered / tried.length : undefined,
    median: sorted[Math.ceil(sorted.length * 0.5) - 1],
    p95: sorted[Math.ceil(sorted.length * 0.95) - 1],
    times: times.map(({ ms }) => ms).toReversed(),
  }
}
