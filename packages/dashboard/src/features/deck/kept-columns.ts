import { keepDeck, keptDeck } from '../../lib/kept-deck.ts'
import { columnsIn, columnsText } from './columns.ts'
import type { ColumnSpec } from './columns.ts'

/** The deck that was last looked at here. */
export function keptColumns(): ColumnSpec[] | undefined {
  return columnsIn(keptDeck())
}

export function keepColumns(columns: readonly ColumnSpec[]): void {
  keepDeck(columnsText(columns))
}
