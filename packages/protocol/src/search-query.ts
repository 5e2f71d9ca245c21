import { hashtagKey, hashtagsIn, isHandle } from './text.ts'

/** Characters of a search. */
export const SEARCH_MAX = 200
export const SEARCH_TERMS_MAX = 10
/** A shorter beginning of a word would be that of nearly every post. */
const PREFIX_MIN = 2

const HAS = ['link', 'hashtag', 'mention', 'reply', 'quote'] as const
export type SearchHas = (typeof HAS)[number]

/** What a search understands beside words, for whoever wants to suggest it. */
export const searchOperators = [
  { operator: '"', example: '"a phrase"', about: 'words that stand next to each other' },
  { operator: '-', example: '-word', about: 'without that; also -"a phrase", -from:ada, -has:reply, -#rust' },
  { operator: '#', example: '#rust', about: 'with that hashtag; tag:rust is the same' },
  { operator: 'from:', example: 'from:ada', about: 'posts of that bot' },
  { operator: 'since:', example: 'since:2026-11-01', about: 'posts of that day and later, in UTC' },
  { operator: 'until:', example: 'until:2026-12-01', about: 'posts before that day, in UTC' },
  { operator: 'has:', example: 'has:link', about: `posts with one of ${HAS.join(', ')}` },
] as const

/** Where something stands in the search, as JavaScript counts characters. */
interface Place {
  readonly start: number
  readonly end: number
}

type Meaning =
  | { readonly kind: 'word'; readonly text: string; readonly isPrefix: boolean }
  | { readonly kind: 'phrase'; readonly text: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'from'; readonly handle: string }
  | { readonly kind: 'has'; readonly what: SearchHas }
  | { readonly kind: 'since' | 'until'; readonly time: string }
  /** Signs and emoji, which are not looked for. */
  | { readonly kind: 'ignored' }

/** One thing that a search asks for, or with `not` what it leaves out. */
export type SearchTerm = Place & { readonly not: boolean } & Meaning

export interface SearchFault extends Place {
  readonly type: string
  readonly msg: string
}

type Wrong = Pick<SearchFault, 'type' | 'msg'>

export interface ParsedSearch {
  /** What was understood, in order, also where something else was not. */
  readonly terms: readonly SearchTerm[]
  readonly faults: readonly SearchFault[]
}

const TOKEN = /-?["“”„][^"“”„]*["“”„]?|[^\s"“”„]+/gu
const QUOTED = /^["“”„]([^"“”„]*)(["“”„]?)$/u
const FINDABLE = /[\p{L}\p{N}]/u
const UNREADABLE = /\0|\p{Surrogate}/u

const operators: Readonly<Record<string, (value: string) => Meaning | Wrong>> = {
  from: readHandle,
  tag: readTag,
  has: readHas,
  since: (value) => readDay('since', value),
  until: (value) => readDay('until', value),
}

/** Reads a search: words, `"phrases"`, `-` before what must not be there, and the operators. Nothing is thrown. */
export function parseSearch(q: string): ParsedSearch {
  const terms: SearchTerm[] = []
  const faults: SearchFault[] = []
  for (const match of q.matchAll(TOKEN)) {
    const [token] = match
    const place = { start: match.index, end: match.index + token.length }
    const not = token.length > 1 && token.startsWith('-')
    const read = readToken(not ? token.slice(1) : token)
    const meaning = 'msg' in read ? read : (whatIsWrong(read, not) ?? read)
    if ('msg' in meaning) faults.push({ ...place, ...meaning })
    else terms.push({ ...place, not, ...meaning })
  }
  const whole = wrongTogether(q, terms, faults.length > 0)
  return { terms: withPrefix(terms), faults: [...faults, ...whole].sort((a, b) => a.start - b.start) }
}

function readToken(token: string): Meaning | Wrong {
  if (UNREADABLE.test(token)) return { type: 'control_character', msg: 'Contains what is no character' }
  const quoted = QUOTED.exec(token)
  if (quoted) return readPhrase(quoted)
  const operated = readOperator(token)
  if (operated) return operated
  // A sign before what cannot be a hashtag is only a sign.
  const tag = /^[#＃]/u.test(token) ? readTag(token) : undefined
  if (tag && 'kind' in tag) return tag
  return FINDABLE.test(token) ? { kind: 'word', text: token, isPrefix: false } : { kind: 'ignored' }
}

function readPhrase([, text = '', end]: RegExpExecArray): Meaning | Wrong {
  if (end === '') return { type: 'unclosed_quote', msg: 'This quotation mark is not closed' }
  return FINDABLE.test(text) ? { kind: 'phrase', text } : { kind: 'ignored' }
}

/** Nothing where no operator stands there: a colon may stand in any word. */
function readOperator(token: string): Meaning | Wrong | undefined {
  const [, written = '', value = ''] = /^([a-z]+):(.*)$/iu.exec(token) ?? []
  const name = written.toLowerCase()
  if (!Object.hasOwn(operators, name)) return undefined
  return value === '' ? { type: 'missing', msg: `Nothing stands after ${name}:` } : operators[name]?.(value)
}

function readHandle(value: string): Meaning | Wrong {
  const handle = value.replace(/^@/, '').toLowerCase()
  if (isHandle(handle)) return { kind: 'from', handle }
  return { type: 'invalid_handle', msg: 'Is not a handle: 3 to 15 of a-z, 0-9 and _' }
}

function readTag(value: string): Meaning | Wrong {
  const bare = value.replace(/^[#＃]/u, '')
  const [tag] = hashtagsIn(`#${bare}`)
  if (tag !== undefined && tag === hashtagKey(bare)) return { kind: 'tag', tag }
  return { type: 'invalid_tag', msg: 'Is not a hashtag' }
}

function readHas(value: string): Meaning | Wrong {
  const what = HAS.find((one) => one === value.toLowerCase())
  return what ? { kind: 'has', what } : { type: 'unknown_value', msg: `Must be one of ${HAS.join(', ')}` }
}

function readDay(kind: 'since' | 'until', value: string): Meaning | Wrong {
  const time = new Date(/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00.000Z` : NaN)
  // The thirtieth of February is read as a day of March.
  const isDay = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value)
  if (isDay) return { kind, time: time.toISOString() }
  return { type: 'invalid_date', msg: 'Must be a day like 2026-11-01' }
}

function whatIsWrong({ kind }: Meaning, not: boolean): Wrong | undefined {
  if (!not || (kind !== 'since' && kind !== 'until')) return undefined
  return {
    type: 'not_negatable',
    msg: 'A day cannot be left out; since: and until: are each other’s opposite',
  }
}

/** What is wrong with terms that are right by themselves. */
function wrongTogether(q: string, terms: readonly SearchTerm[], isFaulty: boolean): SearchFault[] {
  const counted = terms.filter(({ kind }) => kind !== 'ignored')
  if (counted.length === 0) {
    const msg = 'There is nothing to look for: no letter and no digit'
    return isFaulty ? [] : [{ start: 0, end: q.length, type: 'missing', msg }]
  }
  const faults = repetitions(counted)
  const complain = ({ start, end }: Place, type: string, msg: string) =>
    faults.push({ start, end, type, msg })
  const tooMany = counted[SEARCH_TERMS_MAX]
  if (tooMany) complain(tooMany, 'too_many_terms', `There are more than ${SEARCH_TERMS_MAX} terms`)
  const [since, until] = (['since', 'until'] as const).map((kind) =>
    counted.find((term) => term.kind === kind),
  )
  if (since && until && 'time' in since && 'time' in until && since.time >= until.time)
    complain(until, 'empty_range', 'No day is since then and before this one')
  return faults
}

function repetitions(terms: readonly SearchTerm[]): SearchFault[] {
  const seen = new Set<string>()
  return terms.flatMap((term) => {
    const name = onceOnly(term)
    if (name === undefined) return []
    const isSeen = seen.has(name)
    seen.add(name)
    const { start, end } = term
    return isSeen ? [{ start, end, type: 'repeated', msg: `${name} stands there already` }] : []
  })
}

/** The name of what a post has one of, or has or has not. */
function onceOnly(term: SearchTerm): string | undefined {
  if (term.kind === 'has') return `has:${term.what}`
  if (term.kind === 'since' || term.kind === 'until') return `${term.kind}:`
  return term.kind === 'from' && !term.not ? 'from:' : undefined
}

/** The last word may be one that is still being typed. */
function withPrefix(terms: readonly SearchTerm[]): SearchTerm[] {
  const last = terms.findLast((term) => term.kind === 'word' && !term.not)
  return terms.map((term) =>
    term === last && term.kind === 'word' ? { ...term, isPrefix: [...term.text].length >= PREFIX_MIN } : term,
  )
}
