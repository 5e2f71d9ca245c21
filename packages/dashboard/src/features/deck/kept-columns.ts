import { FIRST_DECK, keepDeck, keptDeck } from '../../lib/kept-deck.ts'
import { columnsIn, columnsText } from './columns.ts'
import type { ColumnSpec } from './columns.ts'

/** The deck that was last looked at here. */
export function keptColumns(): ColumnSpec[] {
  return columnsIn(keptDeck()) ?? columnsIn(FIRST_DECK) ?? []
}

export function keepColumns(columns: readonly ColumnSpec[]): void {
  keepDeck(columnsText(columns))
}
