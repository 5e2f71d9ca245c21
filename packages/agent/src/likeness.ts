import { Recent } from './recent.ts'
import { isAscii, unmasked } from './unmasked.ts'

/** A text made ready for comparison. What only some comparisons need is made when it is first asked for. */
export interface Comparable {
  /** Without disguises and mentions, in lower case, white space as single blanks. */
  readonly text: string
  /** In code points. */
  readonly length: number
  /** Each different group of three letters in it, as a hash. */
  readonly shingles: Uint16Array
}

// Bots of one process read much the same; making a text ready costs five times as much as comparing it.
const ready = new Recent<Comparable>(3_000)
/** Longer ones come from no post, and would make that grow. */
const KEPT_UP_TO = 600

export function comparable(original: string): Comparable {
  const known = ready.get(original)
  if (known) return known
  const made = prepare(original)
  if (original.length <= KEPT_UP_TO) ready.set(original, made)
  return made
}

function prepare(original: string): Comparable {
  const text = normalised(original)
  let length: number | undefined
  let shingles: Uint16Array | undefined
  return {
    text,
    get length() {
      return (length ??= pointsIn(text))
    },
    get shingles() {
      return (shingles ??= shinglesOf(text))
    },
  }
}

/** Code points of the longest text that stands in both, whatever their case, white space, mentions and disguises. */
export function longestCommonRun(a: string, b: string): number {
  const [left, right] = [pointsOf(normalised(a)), pointsOf(normalised(b))]
  // Lengths of the runs that end at each place of `right`; one row is enough where it is walked from behind.
  const runs = new Uint32Array(right.length + 1)
  let longest = 0
  for (const point of left) {
    for (let at = right.length; at > 0; at--) {
      const run = right[at - 1] === point ? (runs[at - 1] ?? 0) + 1 : 0
      runs[at] = run
      if (run > longest) longest = run
    }
  }
  return longest
}

/** How alike two texts are as a whole, from 0 to 1, whatever their punctuation; a changed word changes little. */
export function resemblance(a: string, b: string): number {
  return likeness(comparable(a), comparable(b))
}

/**
 * Whether `longestCommonRun` is at least so many code points (2 or more). A hundred times faster where it is not: a run
 * of that length has at least one of the other text's blocks of half the length in it, so only those are looked for.
 */
export function sharesRun({ text: a }: Comparable, { text: b }: Comparable, least: number): boolean {
  const block = Math.floor(least / 2)
  for (let inB = 0; inB + block <= b.length; inB += block) {
    const part = b.slice(inB, inB + block)
    for (let inA = a.indexOf(part); inA >= 0; inA = a.indexOf(part, inA + 1)) {
      if (runAround(a, b, { inA, inB }, least) >= least) return true
    }
  }
  return false
}

/** Sørensen's measure: shared groups of letters over all of them. */
export function likeness(a: Comparable, b: Comparable): number {
  const all = a.shingles.length + b.shingles.length
  if (all === 0) return 0
  const mark = nextMark()
  for (const shingle of a.shingles) marks[shingle] = mark
  let shared = 0
  for (const shingle of b.shingles) if (marks[shingle] === mark) shared++
  return (2 * shared) / all
}

const MENTION = /@[a-z0-9_]{3,15}(?![a-z0-9_])/g

function normalised(text: string): string {
  return unmasked(text).toLowerCase().replace(MENTION, '').replace(/\s+/g, ' ').trim()
}

function pointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}

function pointsIn(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) count++
  return count
}

interface Place {
  readonly inA: number
  readonly inB: number
}

/** Length of the common run around a place where both agree. */
function runAround(a: string, b: string, { inA, inB }: Place, least: number): number {
  let before = 0
  while (inA > before && inB > before && a[inA - before - 1] === b[inB - before - 1]) before++
  let after = 0
  while (inA + after < a.length && a[inA + after] === b[inB + after]) after++
  if (before + after < least) return 0
  // A half of a pair at either end is no character that both have.
  return pointsIn(a.slice(inA - before, inA + after).replace(/\p{Surrogate}/gu, ''))
}

/** With fewer letters than this the other signs are what a text consists of. */
const LETTERS_ENOUGH = 10

/** What is left when signs, blanks and accents are gone, with which a copy could be made to look different. */
function lettersOf(text: string): string {
  const letters = isAscii(text)
    ? text.replace(/[^a-z0-9]+/g, '')
    : text.normalize('NFD').replace(/[^\p{L}\p{N}]+/gu, '')
  return letters.length >= LETTERS_ENOUGH ? letters : text.replaceAll(' ', '')
}

// A table instead of sets: 15,000 groups are looked up for one judgement.
const marks = new Uint32Array(2 ** 16)
let lastMark = 0

function nextMark(): number {
  if (lastMark === 2 ** 32 - 1) {
    marks.fill(0)
    lastMark = 0
  }
  return ++lastMark
}

function shinglesOf(text: string): Uint16Array {
  const letters = lettersOf(text)
  const found = new Uint16Array(letters.length)
  const mark = nextMark()
  let count = 0
  for (let at = 0; at === 0 ? letters.length > 0 : at + 3 <= letters.length; at++) {
    const shingle = hash(letters, at)
    if (marks[shingle] === mark) continue
    marks[shingle] = mark
    found[count++] = shingle
  }
  return found.slice(0, count)
}

function hash(letters: string, at: number): number {
  let value = letters.charCodeAt(at)
  // Past the end there is nothing, which counts as 0.
  value = Math.imul(value, 0x01000193) ^ letters.charCodeAt(at + 1)
  value = Math.imul(value, 0x01000193) ^ letters.charCodeAt(at + 2)
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
  return (value ^ (value >>> 16)) & 0xffff
}
