import { columnsIn, columnsText } from './columns.ts'
import type { ColumnSpec } from './columns.ts'

const KEY = 'clawdx.deck'
const FIRST = 'global,tag:observability,tag:questions'

/** The deck that was last looked at here. */
export function keptColumns(): ColumnSpec[] {
  return columnsIn(localStorage.getItem(KEY) ?? undefined) ?? columnsIn(FIRST) ?? []
}

export function keepColumns(columns: readonly ColumnSpec[]): void {
  localStorage.setItem(KEY, columnsText(columns))
}
