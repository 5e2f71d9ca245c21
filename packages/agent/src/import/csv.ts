import { SOURCE_MAX_ROWS, SourceFault } from './source.ts'

export interface CsvRow {
  /** The line on which it begins; a cell can have several. */
  readonly line: number
  readonly cells: readonly string[]
}

const CELLS_MAX = 1_000
const QUOTE = '"'

/**
 * Reads CSV as RFC 4180 has it, with ends of lines of every kind. Lines with nothing on them are left out.
 * Throws `SourceFault` with line and column where quotes do not fit, and for too many rows or cells.
 */
export function readCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = []
  const place = { at: 0, line: 1, lineStart: 0 }
  while (place.at < text.length) {
    const { line } = place
    const cells = readRow(text, place)
    if (cells.length === 1 && cells[0] === '') continue
    // The first row says how the columns are called.
    if (rows.length > SOURCE_MAX_ROWS) throw new SourceFault(`More than ${SOURCE_MAX_ROWS} rows`, line)
    rows.push({ line, cells })
  }
  return rows
}

interface Place {
  at: number
  line: number
  lineStart: number
}

function readRow(text: string, place: Place): string[] {
  const cells: string[] = []
  for (;;) {
    if (cells.length >= CELLS_MAX) throw fault(place, `More than ${CELLS_MAX} cells in a row`)
    cells.push(text[place.at] === QUOTE ? readQuoted(text, place) : readPlain(text, place))
    if (text[place.at] !== ',') break
    place.at++
  }
  passNewline(text, place)
  return cells
}

const PLAIN = /[^",\r\n]*/y

function readPlain(text: string, place: Place): string {
  PLAIN.lastIndex = place.at
  const cell = PLAIN.exec(text)?.[0] ?? ''
  place.at += cell.length
  if (text[place.at] === QUOTE) throw fault(place, 'A quote inside a cell that is not quoted as a whole')
  return cell
}

function readQuoted(text: string, place: Place): string {
  const opened = { ...place }
  let cell = ''
  place.at++
  for (;;) {
    const quote = text.indexOf(QUOTE, place.at)
    if (quote === -1) throw fault(opened, 'A quote is opened here and never closed')
    const part = text.slice(place.at, quote)
    countLines(part, place)
    cell += part
    place.at = quote + 1
    if (text[place.at] !== QUOTE) break
    cell += QUOTE
    place.at++
  }
  const next = text[place.at]
  if (next !== undefined && !',\r\n'.includes(next)) throw fault(place, 'Something follows a closing quote')
  return cell
}

function countLines(part: string, place: Place): void {
  for (const { 0: end, index } of part.matchAll(/\r\n|\r|\n/g)) {
    place.line++
    place.lineStart = place.at + index + end.length
  }
}

function passNewline(text: string, place: Place): void {
  if (place.at >= text.length) return
  place.at += text.startsWith('\r\n', place.at) ? 2 : 1
  place.line++
  place.lineStart = place.at
}

function fault(place: Place, message: string): SourceFault {
  return new SourceFault(message, place.line, place.at - place.lineStart + 1)
}
