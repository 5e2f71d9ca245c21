import { printable } from '../printable.ts'
import { readCsv } from './csv.ts'
import { createDrafting } from './draft.ts'
import type { Draft } from './draft.ts'
import { readJsonText } from './json.ts'
import { readPythonList } from './python-list.ts'
import type { Import, Loss, Note, Outcome } from './report.ts'
import { SOURCE_MAX_ROWS, SourceFault } from './source.ts'
import { fieldsOf, textOf, textsOf } from './value.ts'
import type { Fields } from './value.ts'

const FOLLOWING = 'following_agentid_list'
const POSTS = 'previous_tweets'
const WHO = ['user_char', 'persona', 'description', 'bio'] as const
/** What a persona has no field for, but can say in words. */
const TOLD = {
  age: 'Age',
  gender: 'Gender',
  mbti: 'Personality type (MBTI)',
  country: 'Country',
  profession: 'Profession',
} as const
const CARRIED = new Set<string>([
  ...['username', 'name', 'realname', 'interested_topics', FOLLOWING, POSTS],
  ...[...WHO, ...Object.keys(TOLD)],
])

/** Why a field has no place here; for any other it is that a persona has no such field. */
const REASONS: Readonly<Record<string, string>> = {
  '': 'a column without a name numbers the rows',
  user_id: 'the network gives ids itself',
}

/** One agent of a file: its fields by name, or why there are none. */
interface Row {
  readonly where: string
  readonly fields: Fields | string
}

/**
 * Reads profiles as OASIS (camel-ai) takes them: the CSV of its Twitter and the JSON of its Reddit simulations.
 * Throws `SourceFault` for a file that is neither.
 */
export function importOasis(text: string): Import {
  const rows = /^\s*[[{]/.test(text) ? jsonRows(text) : csvRows(text)
  const draft = createDrafting()
  const handles = new Map<number, string>()
  const wishes: Wish[] = []
  const unknown = new Map<string, number>()

  function* outcomes(): Generator<Outcome> {
    for (const [index, { where, fields }] of rows.entries()) {
      if (typeof fields === 'string') {
        yield { kind: 'refused', where, why: fields }
        continue
      }
      for (const name of unknownOf(fields)) unknown.set(name, (unknown.get(name) ?? 0) + 1)
      const losses: Loss[] = []
      const note: Note = (field, why) => losses.push({ field, why })
      const wish = { index, id: textOf(fields.get('user_id')), targets: followingOf(fields, note) }
      const outcome = draft(draftOf({ where, fields, losses }))
      if (outcome.kind === 'persona') {
        handles.set(index, outcome.persona.handle)
        wishes.push(wish)
      }
      yield outcome
    }
  }

  return {
    outcomes: outcomes(),
    rest() {
      const { follows, losses } = resolve(wishes, handles, rows.length)
      const left = Array.from(unknown, ([name, count]) => {
        const why = Object.hasOwn(REASONS, name) ? REASONS[name] : 'a persona has no such field'
        return { field: printable(name, 60) || '(no name)', why: `${why} (in ${count} of ${rows.length})` }
      })
      return { follows, losses: [...losses, ...left] }
    },
  }
}

function jsonRows(text: string): Row[] {
  const value = readJsonText(text)
  const agents = Array.isArray(value) ? value : [value]
  if (agents.length > SOURCE_MAX_ROWS) throw new SourceFault(`More than ${SOURCE_MAX_ROWS} agents`)
  return agents.map((agent, index) => ({
    where: `agent ${index + 1}`,
    fields: fieldsOf(agent) ?? 'is no object',
  }))
}

function csvRows(text: string): Row[] {
  const [header, ...rows] = readCsv(text)
  const names = header?.cells.map((name) => name.trim()) ?? []
  if (!names.includes('username') && !names.includes('name'))
    throw new SourceFault('Has no column username; the first line must name the columns, separated by commas')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new SourceFault(`Has the column ${printable(twice, 60)} twice`)
  return rows.map(({ line, cells }, index) => ({
    where: `row ${index + 1} (line ${line})`,
    fields:
      cells.length === names.length
        ? new Map(names.map((name, column) => [name, cells[column]]))
        : `has ${cells.length} cells under ${names.length} columns`,
  }))
}

function unknownOf(fields: Fields): string[] {
  return [...fields].flatMap(([name, value]) => {
    const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0)
    return isEmpty || CARRIED.has(name) ? [] : [name]
  })
}

interface Source {
  readonly where: string
  readonly fields: Fields
  readonly losses: Loss[]
}

function draftOf({ where, fields, losses }: Source): Draft {
  const note: Note = (field, why) => losses.push({ field, why })
  const text = (name: string) => textOf(fields.get(name))
  const [character = '', ...others] = [...new Set(WHO.map(text).filter((value) => value !== ''))]
  const username = text('username') || text('name') || text('realname')
  const facts = Object.entries(TOLD).flatMap(([name, words]) =>
    text(name) ? [`${words}: ${text(name)}.`] : [],
  )
  const told = facts.length > 0 ? [facts.join(' ')] : []
  // What stands in a bio alone would be nowhere if it were cut there.
  const bio = text('bio') || text('description')
  return {
    where,
    handle: username,
    displayName: text('name') || text('realname') || username,
    bio,
    persona:
      character === '' ? '' : [character, ...others.filter((other) => other !== bio), ...told].join('\n\n'),
    topics: listOf(fields, 'interested_topics', note).map(String),
    examples: listOf(fields, POSTS, note).map(String),
    losses,
  }
}

/** A list as JSON has it, or as Python writes it into a cell. */
function listOf(fields: Fields, name: string, note: Note): (string | number)[] {
  const value = fields.get(name)
  if (Array.isArray(value)) return textsOf(value)
  const cell = textOf(value)
  const list = cell === '' || cell === '0' ? [] : readPythonList(cell)
  if (!list) note(name, 'is no list of texts or numbers')
  return list ?? []
}

interface Wish {
  readonly index: number
  readonly id: string
  readonly targets: readonly number[]
}

function followingOf(fields: Fields, note: Note): number[] {
  const targets = listOf(fields, FOLLOWING, note).map(Number)
  const known = targets.filter((target) => Number.isSafeInteger(target))
  if (known.length < targets.length)
    note(FOLLOWING, `${targets.length - known.length} of its items are no numbers`)
  return [...new Set(known)]
}

/**
 * OASIS counts agents from 0 in the order of the file. Some files name the `user_id` instead; they are known by numbers
 * that are no agent's place while all are somebody's `user_id`.
 */
function resolve(wishes: readonly Wish[], handles: ReadonlyMap<number, string>, rows: number) {
  const places = new Map(wishes.flatMap(({ id, index }) => (id === '' ? [] : [[Number(id), index] as const])))
  const isPlace = (target: number) => target >= 0 && target < rows
  const isById =
    wishes.some(({ targets }) => !targets.every(isPlace)) &&
    wishes.every(({ targets }) => targets.every((target) => places.has(target)))
  const losses: Loss[] = isById
    ? [{ field: FOLLOWING, why: 'read as user_id, not as places in the file' }]
    : []
  let lost = 0
  const follows = wishes.flatMap(({ index, targets }) =>
    targets.flatMap((target) => {
      const place = isById ? places.get(target) : target
      const [follower, followee] = [handles.get(index), handles.get(place ?? -1)]
      if (follower !== undefined && followee !== undefined && place !== index)
        return [[follower, followee] as const]
      lost++
      return []
    }),
  )
  if (lost > 0)
    losses.push({
      field: FOLLOWING,
      why: `${lost} follows of nobody, of itself or of an agent that was refused`,
    })
  return { follows, losses }
}
