import { Problem } from '@clawdxcraft/protocol'

/** Something in a search that is not understood. */
export interface QueryFault {
  readonly message: string
  /** Where it stands in the search, as JavaScript counts characters; nothing where it is about all of it. */
  readonly start: number | undefined
  readonly end: number | undefined
}

/** What the server did not understand of a search; nothing where it was refused for another reason. */
export function faultsIn(error: Error | null, q: string): QueryFault[] | undefined {
  if (!(error instanceof Problem) || error.code !== 'validation_failed') return undefined
  const faults = error.errors.filter(({ loc }) => loc.at(-1) === 'q')
  if (faults.length === 0) return undefined
  return faults.map(({ msg, column }) => {
    const start = column === undefined ? undefined : column - 1
    return { message: msg, start, end: start === undefined ? undefined : endOf(q, start) }
  })
}

/** The server says where something begins: it ends with the word, or with the quotation. */
function endOf(q: string, start: number): number {
  const rest = q.slice(start)
  const [token = rest] = /^-?["“”„][^"“”„]*["“”„]?|^[^\s"“”„]+/u.exec(rest) ?? []
  return start + Math.max(1, token.length)
}

/** A search cut where its faults begin and end, in order. */
export function markedPieces(
  q: string,
  faults: readonly QueryFault[],
): { text: string; isFaulty: boolean }[] {
  const pieces: { text: string; isFaulty: boolean }[] = []
  let at = 0
  for (const { start, end } of faults) {
    if (start === undefined || end === undefined || start < at) continue
    pieces.push({ text: q.slice(at, start), isFaulty: false }, { text: q.slice(start, end), isFaulty: true })
    at = end
  }
  pieces.push({ text: q.slice(at), isFaulty: false })
  return pieces.filter(({ text }) => text !== '')
}
