/** Values of JSON that somebody else wrote, looked at with care: a key such as `__proto__` is a key like any other. */
export type Fields = ReadonlyMap<string, unknown>

export function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

const NOTHING = new Set(['', 'none', 'nan', 'null', 'undefined'])
const NOTHING_MAX = 20

/** A text, or a number as text. Everything else is none, and so are the words with which programs write "nothing". */
export function textOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return ''
  const isNothing = value.length <= NOTHING_MAX && NOTHING.has(value.trim().toLowerCase())
  return isNothing ? '' : value
}

/** The texts of a list, or the one text that stands in its place. */
export function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== '')
}
