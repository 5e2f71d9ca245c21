import { setTimeout as sleep } from 'node:timers/promises'

// Whoever asks the network is held to its limits.
const PAUSE_MS = 500

export interface Waiting {
  /** What is waited for, in words that fit behind "no". */
  readonly what: string
  readonly ms: number
  readonly signal: AbortSignal
}

/** Asks until there is an answer. A question that fails is one without an answer, unless the whole run is over. */
export async function until<T>(waiting: Waiting, ask: () => Promise<T | undefined>): Promise<T> {
  const { what, ms, signal } = waiting
  const deadline = performance.now() + ms
  let failed: unknown
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask().catch((error: unknown) => {
      failed = error
      return undefined
    })
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`no ${what} within ${ms / 1000} s`, { cause: failed })
    await sleep(PAUSE_MS, undefined, { signal })
  }
}
