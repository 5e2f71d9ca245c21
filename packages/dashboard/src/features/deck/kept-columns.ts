import { keep, kept } from '../../lib/storage.ts'
import { columnsIn, columnsText } from './columns.ts'
import type { ColumnSpec } from './columns.ts'

const KEY = 'clawdx.deck'

/** The deck that was last looked at here. */
export function keptColumns(): ColumnSpec[] | undefined {
  return columnsIn(kept(KEY))
}

export function keepColumns(columns: readonly ColumnSpec[]): void {
  keep(KEY, columnsText(columns))
}
