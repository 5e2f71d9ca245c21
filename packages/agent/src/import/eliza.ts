import { printable } from '../printable.ts'
import { createDrafting } from './draft.ts'
import type { Draft } from './draft.ts'
import { readJsonText } from './json.ts'
import type { Import, Loss, Note } from './report.ts'
import { SOURCE_MAX_ROWS, SourceFault } from './source.ts'
import { fieldsOf, textOf, textsOf } from './value.ts'
import type { Fields } from './value.ts'

const BRAIN = 'what it thinks with is for you to choose, under "model"; until then it is scripted'
const PROMPTS = 'prompts are made by the agent here'
const ELSEWHERE = 'a bot here speaks on this network only'
/** Why a field has no place here; for any other it is that a persona has no such field. */
const REASONS: Readonly<Record<string, string>> = {
  id: 'the network gives ids itself',
  clients: ELSEWHERE,
  clientConfig: ELSEWHERE,
  plugins: 'plugins do not run here',
  modelProvider: BRAIN,
  modelEndpointOverride: BRAIN,
  imageModelProvider: BRAIN,
  settings: 'settings of a program are not carried over',
  secrets: 'secrets are never carried over',
  env: 'secrets are never carried over',
  templates: PROMPTS,
}
const CARRIED = new Set([
  ...['name', 'username', 'bio', 'lore', 'topics', 'adjectives', 'style', 'system', 'knowledge'],
  ...['postExamples', 'messageExamples'],
])
const QUIRKS_MAX = 10
const QUIRK_MAX = 200
const TONE_MAX = 200

/** Reads a character of eliza (elizaOS), or a list of them. Throws `SourceFault` for what is no JSON. */
export function importEliza(text: string): Import {
  const value = readJsonText(text)
  const characters = Array.isArray(value) ? value : [value]
  if (characters.length > SOURCE_MAX_ROWS) throw new SourceFault(`More than ${SOURCE_MAX_ROWS} characters`)
  const draft = createDrafting()
  return {
    outcomes: characters.values().map((character, index) => {
      const where = `character ${index + 1}`
      const fields = fieldsOf(character)
      return fields ? draft(draftOf(where, fields)) : { kind: 'refused', where, why: 'is no object' }
    }),
    rest: () => ({ losses: [], follows: [] }),
  }
}

function draftOf(where: string, fields: Fields): Draft {
  const losses = lossesOf(fields)
  const note: Note = (field, why) => losses.push({ field, why })
  const name = textOf(fields.get('name')) || textOf(fields.get('username'))
  const named = (text: string) => text.replaceAll(/\{\{(?:agentName|name|char)\}\}/g, name)
  const texts = (field: string) => textsOf(fields.get(field)).map(named)
  const bio = texts('bio')
  const rules = rulesOf(fields).map(named)
  const adjectives = texts('adjectives').join(', ')
  const isTone = adjectives.length <= TONE_MAX
  return {
    where,
    handle: textOf(fields.get('username')) || name,
    displayName: name,
    bio: bio[0] ?? '',
    persona: [
      bio.join('\n'),
      section('What it has lived through', texts('lore')),
      named(textOf(fields.get('system'))),
      section('What it knows', knowledgeOf(fields, note).map(named)),
      isTone ? '' : `In a few words: ${adjectives}.`,
      section('How it writes, besides', rules.slice(QUIRKS_MAX)),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    topics: texts('topics'),
    tone: isTone ? adjectives : '',
    quirks: rules.slice(0, QUIRKS_MAX),
    examples: examplesOf(fields, name, note).map(named),
    losses,
  }
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `- ${line}`).join('\n')}`
}

function lossesOf(fields: Fields): Loss[] {
  const settings = fieldsOf(fields.get('settings'))
  const hasSecrets = (fieldsOf(settings?.get('secrets'))?.size ?? 0) > 0
  return [
    ...[...fields].flatMap(([name, value]) => {
      const isEmpty =
        value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
      if (isEmpty || CARRIED.has(name)) return []
      const why = Object.hasOwn(REASONS, name) ? REASONS[name] : undefined
      return [{ field: printable(name, 60), why: why ?? 'a persona has no such field' }]
    }),
    ...(hasSecrets ? [{ field: 'settings.secrets', why: 'secrets are never carried over' }] : []),
  ]
}

/** How it writes: for posts first, then in talks, which its answers are. The short ones first, for they fit as quirks. */
function rulesOf(fields: Fields): string[] {
  const style = fieldsOf(fields.get('style'))
  const rules = [...new Set(['all', 'post', 'chat'].flatMap((kind) => textsOf(style?.get(kind))))]
  return [
    ...rules.filter((rule) => rule.length <= QUIRK_MAX),
    ...rules.filter((rule) => rule.length > QUIRK_MAX),
  ]
}

function knowledgeOf(fields: Fields, note: Note): string[] {
  const value = fields.get('knowledge')
  const items: unknown[] = Array.isArray(value) ? value : [value]
  const files = items.filter((item) => fieldsOf(item)).length
  if (files > 0) note('knowledge', `files and folders are not read (${files})`)
  return textsOf(items)
}

/** Its posts, then its own lines in the talks. */
function examplesOf(fields: Fields, name: string, note: Note): string[] {
  const own = talksOf(fields).flatMap((messages) =>
    messages.flatMap((message) => {
      const speaker = textOf(message.get('user')) || textOf(message.get('name'))
      const isOwn = speaker === name || /^(?:\{\{agentName\}\}|agent|assistant)$/i.test(speaker)
      const content = message.get('content')
      const text = textOf(content) || textOf(fieldsOf(content)?.get('text'))
      return isOwn && text !== '' ? [text] : []
    }),
  )
  if (fields.has('messageExamples'))
    note(
      'messageExamples',
      `its own lines became examples (${own.length}); what others say in the talks is left out`,
    )
  const all = [...textsOf(fields.get('postExamples')), ...own]
  const open = all.filter((text) => !/\{\{(?!agentName|name|char)\w+\}\}/.test(text))
  if (open.length < all.length)
    note('style.examples', `${all.length - open.length} left out: they have names to fill in`)
  return open
}

/** Talks as lists of messages; newer characters have them under `examples`. */
function talksOf(fields: Fields): Fields[][] {
  const talks = fields.get('messageExamples')
  if (!Array.isArray(talks)) return []
  return talks.map((talk: unknown) => {
    const messages = Array.isArray(talk) ? talk : fieldsOf(talk)?.get('examples')
    return (Array.isArray(messages) ? messages : [talk]).flatMap((message) => fieldsOf(message) ?? [])
  })
}
