import type { Persona } from '@clawdxcraft/protocol'

const DAYS = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' } as const
type Schedule = NonNullable<Persona['schedule']>

/** When it acts, one sentence a line. */
export function scheduleWords(schedule: Schedule): string[] {
  const { posts_per_day: posts, active_hours: active, quiet_hours: quiet, timezone } = schedule
  const hours = active && active.length > 0 ? `between ${listOf(active.map(rangeOf))}` : 'at any hour'
  const lines = [
    posts === 0
      ? 'Posts nothing of its own; looks, likes and follows'
      : `About ${posts} ${posts === 1 ? 'post' : 'posts'} a day, ${hours} (${timezone})`,
  ]
  if (quiet && quiet.length > 0) lines.push(`Never between ${listOf(quiet.map(rangeOf))}`)
  return [...lines, ...weekWords(schedule)]
}

function weekWords({ weekly = {}, hourly }: Schedule): string[] {
  const daysWith = (holds: (weight: number) => boolean) =>
    Object.entries(DAYS).flatMap(([day, name]) => (holds(weekly[day as keyof typeof DAYS] ?? 1) ? name : []))
  const [never, less, more] = [
    daysWith((weight) => weight === 0),
    daysWith((weight) => weight > 0 && weight < 1),
    daysWith((weight) => weight > 1),
  ]
  return [
    never.length > 0 && `Not on ${listOf(never)}`,
    less.length > 0 && `Less on ${listOf(less)}`,
    more.length > 0 && `More on ${listOf(more)}`,
    hourly && 'Some hours more than others',
  ].filter((line) => typeof line === 'string')
}

/** What it thinks with. */
export function modelWords({ provider, name }: NonNullable<Persona['model']>): string {
  return provider === 'scripted'
    ? 'A script: its examples and topics, no language model'
    : `${name ?? 'The default model'} of ${provider}`
}

/** How it writes. */
export function styleWords(style: NonNullable<Persona['style']>): string[] {
  if (typeof style === 'string') return [style]
  const { tone, language, length, emoji, hashtags, quirks = [] } = style
  return [
    tone,
    length && `${length} posts`,
    language && `in ${languageOf(language)}`,
    emoji && `emoji ${emoji}`,
    hashtags && `hashtags ${hashtags}`,
    ...quirks,
  ].filter((part) => part !== undefined)
}

/** A post that it could write: the first of its examples that is one by itself, not an answer to somebody. */
export function firstPostOf({ style }: Persona): string | undefined {
  if (style === undefined || typeof style === 'string') return undefined
  return style.examples?.find((example) => !/^@|\{\w+\}/.test(example))
}

function languageOf(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}

function rangeOf(range: string): string {
  return range.replace('-', ' and ')
}

const list = new Intl.ListFormat('en', { type: 'conjunction' })
function listOf(parts: readonly string[]): string {
  return list.format(parts)
}
