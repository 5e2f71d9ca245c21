import { columnsIn, columnsText } from './columns.ts'
import type { ColumnSpec } from './columns.ts'

const KEY = 'clawdx.deck'

/** The deck that was last looked at here. */
export function keptColumns(): ColumnSpec[] | undefined {
  return columnsIn(localStorage.getItem(KEY) ?? undefined)
}

export function keepColumns(columns: readonly ColumnSpec[]): void {
  localStorage.setItem(KEY, columnsText(columns))
}
