const KEY = 'clawdx.deck'
export const FIRST_DECK = 'global,tag:observability,tag:questions'
/** As many as a deck has. */
export const COLUMNS_MAX = 12

/** The columns of the deck that was last looked at here, as they stand in an address. */
export function keptDeck(): string {
  return localStorage.getItem(KEY) ?? FIRST_DECK
}

export function keepDeck(columns: string): void {
  localStorage.setItem(KEY, columns)
}

/** That deck with one column more; where there is no room for it, the last one makes room. */
export function deckWith(column: string): string {
  const others = keptDeck()
    .split(',')
    .filter((each) => each !== '' && each !== column)
  return [...others.slice(0, COLUMNS_MAX - 1), column].join(',')
}
