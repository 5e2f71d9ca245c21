/** What one run measured. Times to an event's arrival are milliseconds, processor time is microseconds an operation. */
export interface Run {
  readonly value?: number
  /** The limit that the value is held against, measured in the same run. */
  readonly limit?: number
  readonly p50?: number
  readonly p99?: number
  readonly cpu?: number
}

export type Aim = { readonly of: 'value' | 'ratio' | 'p50' | 'p99' } & (
  | { readonly atMost: number; readonly atLeast?: undefined }
  | { readonly atLeast: number; readonly atMost?: undefined }
)

export interface Row {
  readonly thing: string
  /** Of the value and its limit. */
  readonly unit?: string
  readonly limit?: string
  readonly runs: readonly Run[]
  readonly aims?: readonly Aim[]
}

export interface Figure {
  readonly median: number
  readonly least: number
  readonly most: number
}

const columns = ['value', 'limit', 'ratio', 'p50', 'p99', 'cpu'] as const
export type Figures = { readonly [C in (typeof columns)[number]]?: Figure }

/** The value below which a share of them lies, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

/** Median and spread over the runs of each figure that all runs have. */
export function figuresOf({ runs }: Row): Figures {
  const entries = columns.flatMap((column) => {
    const values = runs.map((run) => (column === 'ratio' ? ratioOf(run) : run[column]))
    const known = values.filter((value) => value !== undefined)
    return known.length === runs.length && known.length > 0 ? [[column, figureOf(known)] as const] : []
  })
  return Object.fromEntries(entries)
}

function ratioOf({ value, limit }: Run): number | undefined {
  return value === undefined || limit === undefined ? undefined : value / limit
}

function figureOf(values: readonly number[]): Figure {
  return { median: percentile(values, 0.5), least: Math.min(...values), most: Math.max(...values) }
}

/** Aims whose median was not reached, or not measured at all. */
export function missed(row: Row): Aim[] {
  const figures = figuresOf(row)
  return (row.aims ?? []).filter(({ of, atMost = Infinity, atLeast = -Infinity }) => {
    const median = figures[of]?.median ?? NaN
    return !(median <= atMost && median >= atLeast)
  })
}

/** The rows as a table in Markdown, in columns that line up in a terminal too. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    ['thing', 'measured', 'limit', 'ratio', 'p50 ms', 'p99 ms', 'CPU µs', 'aim'],
    ...rows.map(cellsOf),
  ]
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  )
  const print = (cells: readonly string[], filler = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(' | ')} |`
  const [head = [], ...body] = lines.map((cells) => print(cells))
  const rule = print(
    widths.map(() => ''),
    '-',
  )
  return `${[head, rule, ...body].join('\n')}\n`
}

function cellsOf(row: Row): string[] {
  const { value, limit, ratio, p50, p99, cpu } = figuresOf(row)
  return [
    row.thing,
    textOf(value, row.unit),
    limit ? `${row.limit}: ${textOf(limit, row.unit)}` : '–',
    ...[ratio, p50, p99, cpu].map((figure) => textOf(figure)),
    aimsOf(row),
  ]
}

function textOf(figure: Figure | undefined, unit?: string): string {
  if (!figure) return '–'
  const { median, least, most } = figure
  const spread = least === most ? '' : ` (${short(least)}–${short(most)})`
  return `${short(median)}${unit ? ` ${unit}` : ''}${spread}`
}

/** Three digits that count; more would be noise. */
export function short(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
}

function aimsOf(row: Row): string {
  const failed = missed(row)
  const words = (row.aims ?? []).map((aim) => {
    const unit = aim.of === 'value' ? ` ${row.unit}` : aim.of === 'ratio' ? '' : ' ms'
    const name = aim.of === 'value' ? '' : `${aim.of} `
    const bound = aim.atLeast === undefined ? `≤ ${aim.atMost}` : `≥ ${aim.atLeast}`
    return `${name}${bound}${unit}${failed.includes(aim) ? ' MISSED' : ''}`
  })
  return words.join(', ') || '–'
}
