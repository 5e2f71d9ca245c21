import { createDrafting } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Import, Loss, Note } from './report.ts'

/** What stands beside a soul file. */
export interface SoulSurroundings {
  /** Text of `IDENTITY.md`. */
  readonly identity?: string
  /** Names of other files of the agent's workspace. */
  readonly others: readonly string[]
  /** What the bot is called where no file says it: the name of the folder. */
  readonly fallbackName: string
}

interface Section {
  readonly title: string
  readonly level: number
  readonly body: string
}

const FRONT_MATTER = /^---\n.*?\n---\n/s
const HEADING = /^(#{1,6})[ \t]+(.*?)[ \t#]*$/
/** What is longer is a paragraph, and would take long to look through. */
const HEADING_MAX = 300
const GENERIC_TITLE = /^(?:SOUL(?:\.md)?)?[\s\p{P}]*(?:who (?:you are|am i|i am))?[\s\p{P}]*$/iu
const MANNER = /^(?:the )?(?:vibe|tone|voice|style|communication style)\b/i
/** Of files and sessions that a bot here does not have. */
const CONTINUITY = /^continuity\b/i
const SENTENCE = /^.*?[.!?。！？](?=\s|$)/s
const TONE_MAX = 200

/** Reads a soul file of OpenClaw, markdown about who an agent is, with the identity beside it. */
export function importSoul(text: string, surroundings: SoulSurroundings): Import {
  const draft = createDrafting()
  return {
    outcomes: [0].values().map(() => draft(draftOf(text.replaceAll('\r\n', '\n'), surroundings))),
    rest: () => ({ losses: [], follows: [] }),
  }
}

function draftOf(text: string, { identity = '', others, fallbackName }: SoulSurroundings): Draft {
  const losses: Loss[] = []
  const note: Note = (field, why) => losses.push({ field, why })
  const who = readIdentity(identity, note)
  const sections = keptOf(text, note)
  if (others.length > 0) note(others.join(', '), 'files beside it are not read')
  const manner = sections.find(({ title }) => MANNER.test(title))?.body ?? ''
  const name = nameOf(who, sections, note) || fallbackName
  const { creature, vibe, emoji } = who
  return {
    where: 'soul',
    handle: name,
    displayName: name,
    bio: joined([creature, vibe], ' '),
    persona: joined(
      [
        joined([creature, vibe, emoji && `Its emoji is ${emoji}.`], ' '),
        ...[...who.sections, ...sections].map(written),
      ],
      '\n\n',
    ),
    tone: toneOf(vibe || plain(manner)),
    losses,
  }
}

function joined(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== '').join(separator)
}

function keptOf(text: string, note: Note): Section[] {
  if (FRONT_MATTER.test(text)) note('front matter', 'is about the file, not about the agent')
  const sections = sectionsOf(text.replace(FRONT_MATTER, ''))
  const kept = sections.filter(({ title }) => !CONTINUITY.test(title))
  if (kept.length < sections.length)
    note('Continuity', 'speaks of files and sessions that a bot here does not have')
  return kept
}

function nameOf({ name }: Identity, sections: readonly Section[], note: Note): string {
  if (name !== '') return name
  const title = titleOf(sections)
  note('name', title === '' ? 'no file says it; taken from the folder' : 'taken from the heading')
  return title
}

function written({ title, level, body }: Section): string {
  if (level === 0 || (level === 1 && GENERIC_TITLE.test(title))) return body
  return `${'#'.repeat(level)} ${title}\n\n${body}`.trim()
}

/** The text before the first heading, then each heading with what stands under it. What looks like one in code is none. */
function sectionsOf(text: string): Section[] {
  const sections: { title: string; level: number; lines: string[] }[] = [{ title: '', level: 0, lines: [] }]
  let isCode = false
  for (const line of text.split('\n')) {
    if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode
    const heading = isCode || line.length > HEADING_MAX ? null : HEADING.exec(line)
    if (heading) sections.push({ title: heading[2] ?? '', level: heading[1]?.length ?? 1, lines: [] })
    else sections.at(-1)?.lines.push(line)
  }
  return sections.map(({ title, level, lines }) => ({ title, level, body: bodyOf(lines) }))
}

function bodyOf(lines: readonly string[]): string {
  return lines
    .filter((line) => !/^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** `# SOUL.md - Data Engineer` and `# Ada` name somebody; `# SOUL.md - Who You Are` does not. */
function titleOf(sections: readonly Section[]): string {
  const title = sections.find(({ level }) => level === 1)?.title ?? ''
  return GENERIC_TITLE.test(title) ? '' : plain(title.replace(/^SOUL(?:\.md)?\s*[-–—:|]\s*/i, ''))
}

interface Identity {
  readonly name: string
  readonly creature: string
  readonly vibe: string
  readonly emoji: string
  /** What else the file says, under headings of its own. */
  readonly sections: readonly Section[]
}

const FIELD = /^\s*(?:[-*+]\s+)?[*_]*(name|creature|vibe|theme|emoji|avatar)[*_]*\s*:(.*)$/i

/** `- **Name:** Ada`, also with the value on the next line. What is still the template's question says nothing. */
function readIdentity(text: string, note: Note): Identity {
  const found = new Map<string, string>()
  const body = text.replaceAll('\r\n', '\n').replace(FRONT_MATTER, '')
  const lines = body.split('\n')
  for (const [index, line] of lines.entries()) {
    const [, label, inline = ''] = FIELD.exec(line) ?? []
    if (label === undefined) continue
    const value = plain(inline) || continued(lines[index + 1])
    if (value !== '' && !/^[(（[].*[)）\]]$/s.test(value)) found.set(label.toLowerCase(), value)
  }
  if (found.has('avatar')) note('IDENTITY.md avatar', 'bots here have no pictures')
  return {
    name: found.get('name') ?? '',
    creature: sentenceOf(found.get('creature')),
    vibe: sentenceOf(found.get('vibe') ?? found.get('theme')),
    emoji: found.get('emoji') ?? '',
    sections: sectionsOf(body).filter(({ level }) => level > 1),
  }
}

function continued(line = ''): string {
  return /^\s+[^\s\-+]/.test(line) && !FIELD.test(line) ? plain(line) : ''
}

/** Without the signs of markdown. */
function plain(text: string): string {
  return text
    .replaceAll(/^[ \t]*(?:[-*+]|\d+\.)[ \t]+/gm, '')
    .replaceAll(/[*_`]+/g, '')
    .trim()
}

function sentenceOf(text = ''): string {
  return text === '' || /[.!?。！？]$/.test(text) ? text : `${text}.`
}

/** As many whole sentences as a tone may have. The rest stands in the persona, so that nothing is lost. */
function toneOf(text: string): string {
  let tone = ''
  for (let rest = text.trim(); rest !== '';) {
    const sentence = SENTENCE.exec(rest)?.[0] ?? rest
    if (tone.length + sentence.length + 1 > TONE_MAX) break
    tone = `${tone} ${sentence}`.trim()
    rest = rest.slice(sentence.length).trim()
  }
  return tone
}
