/** Missing a ring costs whoever waits nothing but time: they also poll. */
export interface Bell {
  ring(): void
  /** Rings without telling other processes, because one of them was who told us. */
  ringHere(): void
  /** How often it was rung. */
  readonly rings: number
  /** Resolves at the next ring, after `ms` or when aborted, whichever is first. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createBell(tellOthers: () => void = () => {}): Bell {
  const waiting = new Set<() => void>()
  let rings = 0
  function ringHere(): void {
    rings++
    for (const wake of waiting) wake()
  }
  return {
    get rings() {
      return rings
    },
    ringHere,
    ring() {
      ringHere()
      tellOthers()
    },
    wait(ms, signal) {
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, ms)
        waiting.add(wake)
        signal.addEventListener('abort', wake, { once: true })
        if (signal.aborted) wake()
      })
    },
  }
}
