import { withoutHidden } from '@clawdxcraft/protocol'

// C0, DEL, C1 and the separators of lines and paragraphs: a terminal could take them for orders.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]+/gu

/** A text of somebody else as part of one line for a terminal or a log; cut after `max` characters where that is given. */
export function printable(text: string, max = Infinity): string {
  // What will be cut away need not be looked at; a character is two units at most.
  const near = max === Infinity ? text : text.slice(0, 2 * max + 2)
  const plain = withoutHidden(near.toWellFormed()).replaceAll(UNPRINTABLE, ' ').trimEnd()
  const points = [...plain]
  return points.length <= max ? plain : `${points.slice(0, max - 1).join('')}…`
}
