import { COMBINING_MARKS_MAX, isVisible, withoutHidden } from '@clawdxcraft/protocol'
import { holdsSecret } from '../secret-shapes.ts'
import type { Note } from './report.ts'

/** Of what is longer than this, in units of UTF-16, the beginning is enough for any field. */
const LOOKED_AT = 100_000
// A cut that leaves less than this part is too early; half a sentence is better then.
const EARLIEST_CUT = 0.4

// oxlint-disable-next-line no-control-regex -- finding such characters is this expression's purpose
const NEWLINES = /\r\n|[\r\u000B\u000C\u0085\u2028\u2029]/g
// oxlint-disable-next-line no-control-regex -- finding control characters is this expression's purpose
const CONTROLS = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F]/g
const PILED_MARKS = new RegExp(`(\\p{M}{${COMBINING_MARKS_MAX}})\\p{M}+`, 'gu')
const SENTENCE_END = /[.!?…]["'”’)\]»]*(?=\s)|[。！？]["'”’」』）]*|\n/gu
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g
/** What a key could be: no shorter one is worth stealing. */
const TOKEN = /[\x21-\x7E]{16,}/g

interface Shape {
  readonly field: string
  /** Characters that the field takes. */
  readonly max: number
  /** Whether it has to be one line. */
  readonly isLine?: boolean
}

/** A text as a persona may have it: readable, without what is hidden and without keys, not too long. Tells what that took. */
export function prose(text: string, { field, max, isLine = false }: Shape, note: Note): string {
  const near = text.slice(0, LOOKED_AT).toWellFormed().replace(NEWLINES, '\n').replaceAll('\t', ' ')
  const seen = withoutHidden(near.replace(CONTROLS, '')).normalize('NFC').replace(PILED_MARKS, '$1')
  if (seen.length < near.normalize('NFC').length) note(field, 'control or hidden characters are left out')
  const open = seen
    .replace(PRIVATE_KEY, '[secret]')
    .replace(TOKEN, (token) => (holdsSecret(token) ? '[secret]' : token))
  if (open !== seen) note(field, 'what looks like a key is left out')
  const shaped = (isLine ? open.replace(/\s+/gu, ' ') : open).trim()
  if (!isVisible(shaped)) return ''
  const whole = lengthOf(shaped)
  if (whole <= max && text.length <= LOOKED_AT) return shaped
  const cut = cutText(shaped, max)
  note(field, `cut to ${lengthOf(cut)} characters of ${text.length > LOOKED_AT ? 'very many' : whole}`)
  return cut
}

/** The beginning of a text up to the end of a sentence, or of a word where no sentence ends in time; `max` characters at most. */
export function cutText(text: string, max: number): string {
  const points = [...text]
  if (points.length <= max) return text
  const room = points.slice(0, max).join('')
  // What comes after the last sign says whether a sentence ends there.
  const following = `${room}${points[max]}`
  const ends = Array.from(following.matchAll(SENTENCE_END), ({ 0: sign, index }) => index + sign.length)
  const earliest = room.length * EARLIEST_CUT
  const sentence = ends.findLast((end) => end <= room.length && end >= earliest)
  if (sentence !== undefined) return room.slice(0, sentence).trim()
  const shorter = points.slice(0, max - 1).join('')
  const word = shorter.search(/\s\S*$/u)
  return `${(word >= earliest ? shorter.slice(0, word) : shorter).trim()}…`
}

export function lengthOf(text: string): number {
  return [...text].length
}
