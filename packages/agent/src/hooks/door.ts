import { createHash, timingSafeEqual } from 'node:crypto'
import { Recent } from '../recent.ts'
import { text } from './answer.ts'
import type { Answer } from './answer.ts'

/** Judges the token that a request shows, by the address that it comes from: says what is answered where it stays shut. */
export type Door = (given: string | undefined, address: string) => Answer | undefined

interface Guesses {
  readonly at: readonly number[]
  readonly lockedUntil: number
}

const GUESSES = 20
const WINDOW_MS = 60_000
const ADDRESSES = 1_000
const NO_GUESSES: Guesses = { at: [], lockedUntil: 0 }

/**
 * Twenty bad tokens within a minute shut it for a minute to whoever guesses from that address. A good one still opens, and
 * starts the count again: else a stranger behind the same address could keep the owner out.
 */
export function createDoor(token: string, now: () => number): Door {
  const expected = digest(token)
  const guessesFrom = new Recent<Guesses>(ADDRESSES)
  return (given, address) => {
    if (given !== undefined && timingSafeEqual(digest(given), expected)) {
      if (guessesFrom.has(address)) guessesFrom.set(address, NO_GUESSES)
      return undefined
    }
    const { at, lockedUntil } = guessesFrom.get(address) ?? NO_GUESSES
    const lockedMs = lockedUntil - now()
    if (lockedMs > 0) {
      const seconds = Math.ceil(lockedMs / 1000)
      return text(429, 'Too Many Requests', { 'retry-after': String(seconds) })
    }
    const guesses = [...at.filter((time) => time > now() - WINDOW_MS), now()]
    const isTooMany = guesses.length >= GUESSES
    guessesFrom.set(
      address,
      isTooMany ? { at: [], lockedUntil: now() + WINDOW_MS } : { at: guesses, lockedUntil: 0 },
    )
    return text(401, 'Unauthorized')
  }
}

/** Of one length, whatever was sent, as a comparison in constant time needs it. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
