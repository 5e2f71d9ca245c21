import { comparable, likeness } from '../likeness.ts'
import type { Comparable } from '../likeness.ts'
import { RULES } from '../policy.ts'

/** How much of what was said lately had been said shortly before, in much the same words. */
export interface Echoes {
  add(text: string): void
  /** Of the latest texts, from 0 to 1. */
  share(): number
  /** How many texts that is a share of. */
  count(): number
}

const LATEST = 2000
/**
 * Two texts are compared where all rows of one band agree. Of those that are just alike enough for a copy 97 in a
 * hundred are, with a third of their letter groups in common one in six, with a tenth one in six hundred.
 */
const BANDS = 16
const ROWS = 4

interface Said {
  readonly words: Comparable
  readonly bands: readonly number[]
  readonly isEcho: boolean
}

/** A text is compared with 16 others at most, however many there are. */
export function createEchoes(): Echoes {
  /** The latest in a ring. */
  const said: Said[] = []
  let at = 0
  let echoes = 0
  /** For each band what was last said with these rows in it. */
  const index = Array.from({ length: BANDS }, () => new Map<number, Said>())

  function forget(one: Said): void {
    if (one.isEcho) echoes--
    for (const [band, key] of one.bands.entries()) {
      if (index[band]?.get(key) === one) index[band]?.delete(key)
    }
  }

  return {
    add(text) {
      const words = comparable(text)
      const bands = bandsOf(words)
      const alike = new Set(bands.map((key, band) => index[band]?.get(key)))
      const isEcho = [...alike].some((other) => other && likeness(words, other.words) > RULES.resemblance)
      const one = { words, bands, isEcho }
      const oldest = said[at]
      if (oldest) forget(oldest)
      said[at] = one
      at = (at + 1) % LATEST
      if (isEcho) echoes++
      for (const [band, key] of bands.entries()) index[band]?.set(key, one)
    },
    share: () => (said.length === 0 ? 0 : echoes / said.length),
    count: () => said.length,
  }
}

const SALTS = Uint32Array.from({ length: BANDS * ROWS }, (_, row) => mixed(row + 1))

/**
 * For each row the least of all groups of letters in an order of its own: two texts have the same one as likely as
 * they have groups in common (Broder). Four rows are one band.
 */
function bandsOf({ shingles }: Comparable): number[] {
  if (shingles.length === 0) return []
  const hashes = Uint32Array.from(shingles, mixed)
  const bands: number[] = []
  for (const [row, salt] of SALTS.entries()) {
    let least = 0xffff_ffff
    for (const hash of hashes) {
      const value = Math.imul(hash ^ salt, salt | 1) >>> 0
      if (value < least) least = value
    }
    const band = Math.floor(row / ROWS)
    bands[band] = mixed(Math.imul(bands[band] ?? 0, 31) ^ least)
  }
  return bands
}

/** Each bit of a number in each bit of the result (murmur3's end). */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
