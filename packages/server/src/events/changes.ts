import { isDeepStrictEqual } from 'node:util'

type Fields = Readonly<Record<string, unknown>>

/** What a row of the audit log says of a change: those fields as they were and as they are that are not the same. */
export function changesOf(before: Fields, after: Fields): { before?: Fields; after?: Fields } {
  const names = Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name]))
  if (names.length === 0) return {}
  const those = (fields: Fields) => Object.fromEntries(names.map((name) => [name, fields[name]]))
  return { before: those(before), after: those(after) }
}
