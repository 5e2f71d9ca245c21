import { PERSONA_MAX_BYTES, Persona, parsePersona } from '@clawdxcraft/protocol'
import { printable } from '../printable.ts'
import { createHandles } from './handle.ts'
import { cutText, lengthOf, prose } from './prose.ts'
import type { Loss, Note, Outcome } from './report.ts'
import { personaYaml } from './yaml.ts'

const PERSONA_MAX = 8_000
const NAME_MAX = 50
const BIO_MAX = 280
const TONE_MAX = 200
// A persona has no room for all texts of the greatest length at once. Fewer characters than this are not cut for it.
const PERSONA_KEPT = 1_000

/** What a source says of one bot, as it says it. */
export interface Draft {
  readonly where: string
  /** What the handle is made from. */
  readonly handle: string
  readonly displayName: string
  readonly bio?: string
  readonly persona: string
  readonly topics?: readonly string[]
  readonly tone?: string
  readonly quirks?: readonly string[]
  readonly examples?: readonly string[]
  readonly losses: readonly Loss[]
}

const LISTS = {
  topics: { field: 'topics', max: 60, count: 20, isLine: true },
  quirks: { field: 'style.quirks', max: 200, count: 10, isLine: true },
  examples: { field: 'style.examples', max: 280, count: 40, isLine: false },
} as const

const SLOT = /\{(?:author|word|tag|topic|trend)\}/i

/** Makes personas of drafts, each with a handle of its own. */
export function createDrafting(): (draft: Draft) => Outcome {
  const handleOf = createHandles()
  return (draft) => {
    const losses = [...draft.losses]
    const note: Note = (field, why) => losses.push({ field, why })
    const persona = prose(draft.persona, { field: 'persona', max: PERSONA_MAX }, note)
    if (persona === '') return { kind: 'refused', where: draft.where, why: 'says nowhere who it is' }
    const handle = handleOf(draft.handle)
    if (handle !== draft.handle) note('handle', `"${printable(draft.handle, 60)}" became ${handle}`)
    const displayName = prose(draft.displayName, { field: 'display_name', max: NAME_MAX, isLine: true }, note)
    const candidate = Persona.safeParse({
      handle,
      display_name: displayName || handle,
      bio: prose(draft.bio ?? '', { field: 'bio', max: BIO_MAX, isLine: true }, note),
      persona,
      topics: listed(draft.topics, LISTS.topics, note),
      style: styleOf(draft, note),
    })
    if (!candidate.success)
      return { kind: 'refused', where: draft.where, why: faultsOf(candidate.error.issues) }
    const fitted = fit(candidate.data, note)
    const yaml = personaYaml(fitted)
    const read = parsePersona(yaml)
    if (!read.ok) return { kind: 'refused', where: draft.where, why: read.errors[0]?.msg ?? 'is no persona' }
    return { kind: 'persona', where: draft.where, persona: read.persona, yaml, losses }
  }
}

function faultsOf(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

function styleOf(draft: Draft, note: Note): Persona['style'] {
  const tone = prose(draft.tone ?? '', { field: 'style.tone', max: TONE_MAX, isLine: true }, note)
  const quirks = listed(draft.quirks, LISTS.quirks, note)
  const examples = listed(
    draft.examples?.filter((text) => !SLOT.test(text)),
    LISTS.examples,
    note,
  )
  const slots = draft.examples?.filter((text) => SLOT.test(text)).length ?? 0
  if (slots > 0)
    note(LISTS.examples.field, `${slots} left out: {word} and its like are places to fill in here`)
  const style = {
    ...(tone !== '' && { tone }),
    ...(quirks.length > 0 && { quirks }),
    ...(examples.length > 0 && { examples }),
  }
  return Object.keys(style).length > 0 ? style : undefined
}

/** The first items of a list, each once. What happened to them is told in sum: a list can have a hundred thousand. */
function listed(
  items: readonly string[] = [],
  { field, max, count, isLine }: (typeof LISTS)[keyof typeof LISTS],
  note: Note,
): string[] {
  const taken = new Set<string>()
  const changes = new Map<string, number>()
  const change: Note = (_field, why) => {
    const kind = why.startsWith('cut') ? `cut to ${max} characters` : why
    changes.set(kind, (changes.get(kind) ?? 0) + 1)
  }
  let seen = 0
  for (const item of items) {
    if (taken.size === count) break
    seen++
    const text = prose(item, { field, max, isLine }, change)
    if (text !== '') taken.add(text)
  }
  for (const [why, times] of changes) note(field, `${times} of ${items.length}: ${why}`)
  if (seen < items.length)
    note(field, `${items.length - seen} of ${items.length} left out: no more than ${count} fit`)
  return [...taken]
}

/** Takes as little as possible away until the file is short enough. */
function fit(persona: Persona, note: Note): Persona {
  let fitted = persona
  const removed = { examples: 0, quirks: 0, topics: 0 }
  while (Buffer.byteLength(personaYaml(fitted)) > PERSONA_MAX_BYTES) {
    const list = longestOf(fitted)
    if (list) {
      removed[list]++
      fitted = withoutLast(fitted, list)
    } else {
      fitted = { ...fitted, persona: cutText(fitted.persona, Math.floor(lengthOf(fitted.persona) * 0.9)) }
    }
  }
  for (const [list, count] of Object.entries(removed)) {
    if (count > 0)
      note(
        LISTS[list as keyof typeof LISTS].field,
        `${count} left out: a persona has at most ${PERSONA_MAX_BYTES} bytes`,
      )
  }
  if (fitted.persona !== persona.persona)
    note(
      'persona',
      `cut to ${lengthOf(fitted.persona)} characters: a persona has at most ${PERSONA_MAX_BYTES} bytes`,
    )
  return fitted
}

type ListName = keyof typeof LISTS

/** Which list gives way next; none where the long text of the persona does. */
function longestOf({ persona, topics, style }: Persona): ListName | undefined {
  const { examples = [], quirks = [] } = typeof style === 'object' ? style : {}
  const isLong = Buffer.byteLength(persona) > PERSONA_MAX_BYTES / 2 && lengthOf(persona) > PERSONA_KEPT
  if (examples.length > 5) return 'examples'
  if (isLong) return undefined
  if (examples.length > 0) return 'examples'
  if (quirks.length > 0) return 'quirks'
  return topics.length > 0 ? 'topics' : undefined
}

function withoutLast(persona: Persona, list: ListName): Persona {
  if (list === 'topics') return { ...persona, topics: persona.topics.slice(0, -1) }
  const style = typeof persona.style === 'object' ? persona.style : {}
  return { ...persona, style: { ...style, [list]: style[list]?.slice(0, -1) } }
}
