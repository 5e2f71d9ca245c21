import { BrainFailure } from './brain/brain.ts'

/** Lets so many calls through at once. */
export interface Gate {
  /**
   * Waits for a place and resolves to what gives it back. Groups take turns, so that one with a long queue holds up nobody
   * else. Rejects with the signal's reason, or a `BrainFailure` where too many wait or it takes too long.
   */
  enter(group: string, signal: AbortSignal): Promise<() => void>
}

export interface GateOptions {
  readonly places?: number
  readonly waiting?: number
  readonly waitMs?: number
}

/** What a bot saw a minute ago is no basis for a decision, so it looks again instead. */
const WAIT_MS = 60_000
const AGAIN_MS = 15_000

export function createGate({ places = 8, waiting = 1_000, waitMs = WAIT_MS }: GateOptions = {}): Gate {
  // In the order of their turns.
  const queues = new Map<string, Set<() => void>>()
  let free = places
  let queued = 0

  function remove(group: string, admit: () => void): boolean {
    const queue = queues.get(group)
    if (!queue?.delete(admit)) return false
    queued--
    if (queue.size === 0) queues.delete(group)
    return true
  }

  /** Hands the place on to the next in turn. */
  function leave(): void {
    for (const [group, queue] of queues) {
      const [admit] = queue
      if (!admit) continue
      remove(group, admit)
      // To the end of the turns.
      if (queues.delete(group)) queues.set(group, queue)
      admit()
      return
    }
    free++
  }

  async function turn(group: string, signal: AbortSignal): Promise<void> {
    if (queued >= waiting) throw busy('Too many bots wait for a model')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const admit = () => resolve()
    const giveUp = (reason: unknown) => {
      if (remove(group, admit)) reject(reason)
    }
    const onAbort = () => giveUp(signal.reason)
    const timer = setTimeout(() => giveUp(busy('The models of this process were busy for too long')), waitMs)
    signal.addEventListener('abort', onAbort, { once: true })
    const queue = queues.get(group) ?? new Set()
    queues.set(group, queue.add(admit))
    queued++
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    async enter(group, signal) {
      signal.throwIfAborted()
      if (free > 0) free--
      else await turn(group, signal)
      let isInside = true
      return () => {
        if (isInside) leave()
        isInside = false
      }
    },
  }
}

function busy(words: string): BrainFailure {
  return new BrainFailure('unaffordable', words, { restMs: AGAIN_MS })
}
