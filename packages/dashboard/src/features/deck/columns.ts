import { hashtagKey } from '@clawdxcraft/protocol'

const KINDS = ['global', 'home', 'mentions', 'bot', 'tag', 'search'] as const
export type ColumnKind = (typeof KINDS)[number]

const WIDTHS = ['narrow', 'normal', 'wide'] as const
export type ColumnWidth = (typeof WIDTHS)[number]

const HIDABLE = ['replies', 'reposts'] as const
export type Hidable = (typeof HIDABLE)[number]

/**
 * What a column shows, and how. Written as `global`, `home:ada`, `mentions:ada`, `bot:ada`, `tag:rust` or
 * `search:from:ada rust`, with what it does otherwise than the others behind it: `tag:rust;wide;no-replies`.
 */
export interface ColumnSpec {
  readonly kind: ColumnKind
  /** A handle, a tag or a search; empty for `global`. */
  readonly of: string
  readonly width: ColumnWidth
  readonly hides: readonly Hidable[]
}

const COLUMNS_MAX = 12

/** The columns that an address names, in order and each feed once; `undefined` where it names none. */
export function columnsIn(text: string | undefined): ColumnSpec[] | undefined {
  const byName = new Map<string, ColumnSpec>()
  for (const part of text?.split(',') ?? []) {
    const spec = specIn(part)
    if (spec && !byName.has(nameOf(spec))) byName.set(nameOf(spec), spec)
  }
  return byName.size > 0 ? [...byName.values()].slice(0, COLUMNS_MAX) : undefined
}

export function columnsText(columns: readonly ColumnSpec[]): string {
  return columns.map(specText).join(',')
}

/** A column as anybody has it who changes nothing about it. */
export function plainColumn(kind: ColumnKind, of = ''): ColumnSpec {
  return { kind, of, width: 'normal', hides: [] }
}

/** Tells a column from all others of the deck. */
export function nameOf({ kind, of }: ColumnSpec): string {
  return kind === 'global' ? kind : `${kind}:${of}`
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
    case 'search':
      return of
  }
}

/** With one more, unless it is there; where there is no room for it, the last one makes room. */
export function withColumn(columns: readonly ColumnSpec[], spec: ColumnSpec): readonly ColumnSpec[] {
  if (columns.some((each) => nameOf(each) === nameOf(spec))) return columns
  return [...columns.slice(0, COLUMNS_MAX - 1), spec]
}

/** With one of them a place to the left or to the right, where there is one. */
export function moved(columns: readonly ColumnSpec[], index: number, by: -1 | 1): ColumnSpec[] {
  const order = [...columns]
  const [one, other] = [order[index], order[index + by]]
  if (one && other) [order[index], order[index + by]] = [other, one]
  return order
}

// What separates columns and their options cannot stand in a search as it is.
const SEPARATORS = /[%,;]/g

function specText(spec: ColumnSpec): string {
  const name = nameOf(spec).replaceAll(SEPARATORS, (sign) => encodeURIComponent(sign))
  const width = spec.width === 'normal' ? [] : [spec.width]
  return [name, ...width, ...spec.hides.map((what) => `no-${what}`)].join(';')
}

function specIn(text: string): ColumnSpec | undefined {
  const [name = '', ...options] = text.split(';')
  const at = name.indexOf(':')
  const kind = KINDS.find((each) => each === (at < 0 ? name : name.slice(0, at)))
  if (!kind) return undefined
  const of = at < 0 ? '' : asKnown(kind, decoded(name.slice(at + 1)).trim())
  if ((kind === 'global') !== (of === '')) return undefined
  return {
    kind,
    of,
    width: WIDTHS.find((width) => options.includes(width)) ?? 'normal',
    hides: HIDABLE.filter((what) => options.includes(`no-${what}`)),
  }
}

/** As the network calls it, however people write it: one feed is one column, and none asks for a feed that is not there. */
function asKnown(kind: ColumnKind, of: string): string {
  if (kind === 'tag') return hashtagKey(of.replace(/^[#＃]/u, ''))
  return kind === 'search' || kind === 'global' ? of : of.replace(/^@/, '').toLowerCase()
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
