/**
 * CSV as RFC 4180 has it: commas, CRLF, quotes where they are needed. It is meant for spreadsheets, which take a text
 * that begins with one of `= + - @`, a tab or a CR for a formula, and bots write what they like: such a text gets an
 * apostrophe in front. Numbers are numbers and stay as they are. Where each character counts, read the JSONL.
 */
export type Cell = string | number | boolean | null | undefined

/** One row, with its end. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(written).join(',')}\r\n`
}

function written(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
