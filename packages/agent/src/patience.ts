import { Problem } from '@clawdxcraft/sdk'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 10_000
/** So often something is asked again that may have happened all the same, or that may not pass by itself. */
const DOUBTS_AT_MOST = 6

/**
 * Tries until the network answers, however long it is away; a few times where it answers that something went wrong, which
 * may be after it did what it was asked. Every other refusal is thrown.
 */
export async function withPatience<T>(around: Surroundings, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      const value = await attempt()
      if (tries > 0) around.log('the network is back')
      return value
    } catch (error) {
      around.signal.throwIfAborted()
      if (!isAway(error) && !(isDoubtful(error) && tries < DOUBTS_AT_MOST)) throw error
      if (tries === 0)
        around.log(`the network is away (${codeOf(error)}), waiting; CLAWDX_URL says where it is`)
    }
    // Jitter, so that several who lost the network do not all return in the same instant.
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10))
    await around.clock.pause(around.random.between(ceiling / 2, ceiling), around.signal)
  }
}

const LIMITED_MS = 1000

/** As `withPatience`, and as often as it takes: who settles thousands of bots meets limits that were set for one. */
export async function unlimited<T>(around: Surroundings, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await withPatience(around, attempt)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'rate_limited') throw error
    }
    await around.clock.pause(LIMITED_MS, around.signal)
  }
}

/** Whether nobody is there to answer: no connection, no answer in time, or a server that says "not now". */
export function isAway(error: unknown): boolean {
  if (error instanceof Problem) return error.status === 503
  // `fetch` rejects with a TypeError that has a cause; one without is a mistake in a program.
  if (error instanceof TypeError) return error.cause !== undefined
  return error instanceof DOMException && error.name === 'TimeoutError'
}

/** Whether it may have been done: the same request is still on, or whoever stands in between lost the answer. */
function isDoubtful(error: unknown): boolean {
  return error instanceof Problem && (error.status >= 500 || error.code === 'idempotency_in_flight')
}

/** A word for the log: the problem's code or the error's name, never a message that might quote a secret. */
export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  for (const code of [cause?.code, (error as { code?: unknown } | undefined)?.code]) {
    if (typeof code === 'string') return code
  }
  return error instanceof Error ? error.name : 'unknown'
}
