import { basename } from 'node:path'
import { readCsv } from './csv.ts'
import { readJsonText } from './json.ts'
import { fieldsOf } from './value.ts'

export const FORMATS = ['oasis', 'eliza', 'soul'] as const
export type Format = (typeof FORMATS)[number]

const OF_ELIZA = [
  'lore',
  'adjectives',
  'messageExamples',
  'postExamples',
  'modelProvider',
  'style',
  'system',
  'plugins',
]
const OF_OASIS = ['user_char', 'realname', 'mbti', 'persona', 'interested_topics', 'previous_tweets']

/** What a file is, by its name and then by what is in it; `undefined` where it could be anything. Throws `SourceFault`. */
export function guessFormat(path: string, text: string): Format | undefined {
  const name = basename(path).toLowerCase()
  if (name.endsWith('.csv')) return 'oasis'
  if (name.endsWith('.md') || name.endsWith('.markdown')) return 'soul'
  const isJson = name.endsWith('.json') || /^\s{0,1000}[[{]/.test(text)
  if (isJson) return formatOfJson(readJsonText(text))
  const [header] = readCsv(text.slice(0, text.indexOf('\n') + 1))
  return header?.cells.includes('username') ? 'oasis' : undefined
}

function formatOfJson(value: unknown): Format | undefined {
  const fields = fieldsOf(Array.isArray(value) ? value[0] : value)
  const count = (names: readonly string[]) => names.filter((name) => fields?.has(name)).length
  const [eliza, oasis] = [count(OF_ELIZA), count(OF_OASIS)]
  if (eliza !== oasis) return eliza > oasis ? 'eliza' : 'oasis'
  // The least of each: a name with a bio is a character, unless it has a username and stands in a list.
  if (!fields?.has('bio')) return undefined
  return Array.isArray(value) && fields.has('username') ? 'oasis' : 'eliza'
}
