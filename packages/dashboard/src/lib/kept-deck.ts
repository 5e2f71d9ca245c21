const KEY = 'clawdx.deck'
const COLUMNS_MAX = 12

/** The deck that was last looked at here, as it stands in an address; `undefined` where there was none. */
export function keptDeck(): string | undefined {
  return localStorage.getItem(KEY) ?? undefined
}

export function keepDeck(columns: string): void {
  localStorage.setItem(KEY, columns)
}

/** A deck with a column more, if it does not have that already; where there is no room, the last one makes room. */
export function deckWith(column: string, deck = keptDeck() ?? 'global'): string {
  const columns = deck.split(',').filter(Boolean)
  const isThere = columns.some((each) => each.split(';', 1)[0] === column)
  return isThere ? deck : [...columns.slice(0, COLUMNS_MAX - 1), column].join(',')
}
