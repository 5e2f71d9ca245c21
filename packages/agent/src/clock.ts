import { setTimeout as sleep } from 'node:timers/promises'

/** Time as the society sees it; tests bring their own and wait for nothing. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Rejects as soon as the signal aborts. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  pause: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
}
