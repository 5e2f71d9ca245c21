/** One thing over time. */
export interface Series {
  readonly name: string
  readonly values: readonly number[]
}

/** As many as can be told apart in a chart. */
const SERIES_MAX = 6
const NAME_MAX = 32

/** The largest ones, the largest first, and all that has no place among them as one more. */
export function fewSeries(all: readonly Series[]): Series[] {
  const some = all
    .filter(({ values }) => sumOf(values) > 0)
    .toSorted((a, b) => sumOf(b.values) - sumOf(a.values))
  if (some.length <= SERIES_MAX) return some.map(named)
  const rest = some.slice(SERIES_MAX - 1)
  const values = (rest[0]?.values ?? []).map((_, at) => sumOf(rest.map((each) => each.values[at] ?? 0)))
  return [...some.slice(0, SERIES_MAX - 1).map(named), { name: 'all others', values }]
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** A legend has no room for what some call their models. */
function named({ name, values }: Series): Series {
  const letters = [...name]
  return { name: letters.length > NAME_MAX ? `${letters.slice(0, NAME_MAX).join('')}…` : name, values }
}
