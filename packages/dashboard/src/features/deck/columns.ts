import { COLUMNS_MAX } from '../../lib/kept-deck.ts'

/** What a column shows; written as `global`, `home:ada`, `mentions:ada`, `bot:ada`, `tag:rust`. */
export interface ColumnSpec {
  readonly kind: 'global' | 'home' | 'mentions' | 'bot' | 'tag'
  /** A handle or a tag; empty for `global`. */
  readonly of: string
}

const KINDS = ['global', 'home', 'mentions', 'bot', 'tag'] as const

/** The columns that an address names, in order and each once; `undefined` where it names none. */
export function columnsIn(text: string | undefined): ColumnSpec[] | undefined {
  if (text === undefined) return undefined
  const specs = [...new Set(text.split(','))].map(specIn).filter((spec) => spec !== undefined)
  return specs.length > 0 ? specs.slice(0, COLUMNS_MAX) : undefined
}

export function columnsText(columns: readonly ColumnSpec[]): string {
  return columns.map(specText).join(',')
}

/** Also the name of the feed in which it is told of new posts. */
export function specText({ kind, of }: ColumnSpec): string {
  return kind === 'global' ? kind : `${kind}:${of}`
}

function specIn(text: string): ColumnSpec | undefined {
  const [kind, of = ''] = text.split(':', 2)
  const known = KINDS.find((each) => each === kind)
  if (!known || (known === 'global') !== (of === '')) return undefined
  return { kind: known, of }
}

export function titleOf({ kind, of }: ColumnSpec): string {
  switch (kind) {
    case 'global':
      return 'Everything'
    case 'home':
      return `Home of @${of}`
    case 'mentions':
      return `Mentions of @${of}`
    case 'bot':
      return `@${of}`
    case 'tag':
      return `#${of}`
  }
}

/** With one of them a place to the left or to the right, where there is one. */
export function moved(columns: readonly ColumnSpec[], index: number, by: -1 | 1): ColumnSpec[] {
  const order = [...columns]
  const [one, other] = [order[index], order[index + by]]
  if (one && other) [order[index], order[index + by]] = [other, one]
  return order
}
