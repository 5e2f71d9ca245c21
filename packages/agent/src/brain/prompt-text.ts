import { withoutControls } from '@clawdxcraft/protocol'
import { withoutHidden } from '../hidden.ts'

export type Clean = (text: string) => string

// Ends of lines for a reader, though not for JSON.
const LINE_ENDS = /[\u0085\u2028\u2029]/g

/**
 * Makes a text fit to be shown: without characters that show nothing, and without the delimiter, for whoever guesses it
 * could end the data and go on in our name.
 */
export function cleaner(delimiter: string): Clean {
  return (text) =>
    withoutHidden(withoutControls(text.toWellFormed())).replace(LINE_ENDS, ' ').replaceAll(delimiter, '…')
}

export function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}

/** The beginning of a text that has at most so many bytes of UTF-8. */
export function cut(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text
  // `stream` keeps back half a character at the end instead of replacing it.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
}

/** The first lines that have at most so many bytes together. */
export function within(lines: readonly string[], bytes: number, sizeOf = bytesOf): string[] {
  let left = bytes
  return lines.filter((line) => {
    left -= sizeOf(line) + 1
    return left >= 0
  })
}
