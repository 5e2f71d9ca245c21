import { BrainFailure } from './brain/brain.ts'
import type { Brain } from './brain/brain.ts'
import { createGate } from './gate.ts'
import type { Gate } from './gate.ts'

/** Keeps bots from a provider that fails: what does not answer is not asked again and again, by nobody. */
export interface Breaker {
  /** Milliseconds for which it must not be asked; 0 where it may be. */
  rest(): number
  /** Begins a call, if one may begin now. What comes back must be told, once, how it ended. */
  begin(): ((outcome: Outcome) => void) | undefined
}

/** `unknown`: somebody wanted the call to stop, which says nothing about the provider. */
export type Outcome = 'answered' | 'unknown' | { readonly restMs: number | undefined }

const FAILURES_IN_A_ROW = 5
const FIRST_REST_MS = 30_000
const LONGEST_REST_MS = 15 * 60_000
/** However long a provider wants to be left alone. */
const LONGEST_ASKED_MS = 60 * 60_000
/** How long the others wait while one finds out whether it is better. */
const PROBE_MS = 10_000

export function createBreaker(now: () => number): Breaker {
  let failures = 0
  let openings = 0
  let until = 0
  let isProbing = false

  function rest(): number {
    if (openings === 0) return 0
    return isProbing ? PROBE_MS : Math.max(0, until - now())
  }

  function close(): void {
    failures = 0
    openings = 0
  }

  function fail(restMs: number, isProbe: boolean): void {
    failures++
    const asked = Math.min(restMs, LONGEST_ASKED_MS)
    if (openings > 0 ? isProbe : failures >= FAILURES_IN_A_ROW) {
      const ours = Math.min(FIRST_REST_MS * 2 ** openings, LONGEST_REST_MS)
      openings++
      until = now() + Math.max(ours, asked)
    } else if (openings > 0) {
      // It began before the breaker opened and is no news, but for what it asks.
      until = Math.max(until, now() + asked)
    }
  }

  return {
    rest,
    begin() {
      if (rest() > 0) return undefined
      const isProbe = openings > 0
      isProbing = isProbe
      return (outcome) => {
        if (isProbe) isProbing = false
        if (outcome === 'answered') close()
        else if (outcome !== 'unknown') fail(outcome.restMs ?? 0, isProbe)
      }
    },
  }
}

export type Guard = (brain: Brain, circuit: string) => Brain

export interface GuardOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly gate?: Gate
}

/**
 * Puts brains behind breakers and one gate. Those with the same `circuit` share a breaker; all share the gate. While the
 * breaker is open, `think` rejects at once with `unaffordable` and what is left of the rest.
 */
export function createGuard({ now, gate = createGate() }: GuardOptions): Guard {
  const breakers = new Map<string, Breaker>()

  function breakerOf(circuit: string): Breaker {
    const breaker = breakers.get(circuit) ?? createBreaker(now)
    breakers.set(circuit, breaker)
    return breaker
  }

  return function guarded(brain, circuit) {
    const breaker = breakerOf(circuit)
    return {
      name: brain.name,
      async think(situation, signal) {
        if (breaker.rest() > 0) throw resting(breaker)
        const leave = await gate.enter(circuit, signal)
        try {
          signal.throwIfAborted()
          return await through(breaker, () => brain.think(situation, signal))
        } finally {
          leave()
        }
      },
    }
  }
}

async function through<T>(breaker: Breaker, ask: () => Promise<T>): Promise<T> {
  const end = breaker.begin()
  // It may have opened while this one waited at the gate.
  if (!end) throw resting(breaker)
  let outcome: Outcome = 'unknown'
  try {
    const thought = await ask()
    outcome = 'answered'
    return thought
  } catch (error) {
    outcome = outcomeOf(error)
    throw error
  } finally {
    end(outcome)
  }
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof BrainFailure) || error.kind === 'unaffordable') return 'unknown'
  // Rubbish is an answer too.
  return error.kind === 'garbage' ? 'answered' : { restMs: error.restMs }
}

function resting(breaker: Breaker): BrainFailure {
  const restMs = breaker.rest()
  const words = `The model failed too often and is left alone for ${Math.ceil(restMs / 1_000)} s`
  return new BrainFailure('unaffordable', words, { restMs })
}
