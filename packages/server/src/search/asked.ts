import type { SearchTerm } from '@clawdxcraft/protocol'
import { firstIdAt } from '../id.ts'

/** Whether a post must have something, must not, or may. */
type Wish = boolean | null

/** What a search asks of a post. */
export interface Asked {
  /** Words and phrases that must stand in it, in whatever way they are written. */
  readonly wanted: readonly string[]
  /** A word that is still being typed. */
  readonly prefix: string | null
  readonly unwanted: readonly string[]
  readonly tags: readonly string[]
  readonly otherTags: readonly string[]
  readonly from: string | null
  readonly notFrom: readonly string[]
  /** The least id that is meant. */
  readonly since: string
  /** The id before which all are that are meant; `null` where there is none. */
  readonly until: string | null
  readonly link: Wish
  readonly hashtag: Wish
  readonly mention: Wish
  readonly reply: Wish
  readonly quote: Wish
}

export function askedBy(terms: readonly SearchTerm[]): Asked {
  const texts = (not: boolean) =>
    terms.flatMap((term) =>
      term.not === not && (term.kind === 'phrase' || (term.kind === 'word' && !term.isPrefix))
        ? [term.text]
        : [],
    )
  const tags = (not: boolean) => [
    ...new Set(terms.flatMap((term) => (term.kind === 'tag' && term.not === not ? [term.tag] : []))),
  ]
  const handles = (not: boolean) =>
    terms.flatMap((term) => (term.kind === 'from' && term.not === not ? [term.handle] : []))
  const idAt = (kind: 'since' | 'until') => {
    const day = terms.find((term) => term.kind === kind)
    return day && 'time' in day ? firstIdAt(Date.parse(day.time)) : null
  }
  return {
    wanted: texts(false),
    prefix: prefixOf(terms),
    unwanted: texts(true),
    tags: tags(false),
    otherTags: tags(true),
    from: handles(false)[0] ?? null,
    notFrom: handles(true),
    since: idAt('since') ?? '0',
    until: idAt('until'),
    ...wishesOf(terms),
  }
}

function prefixOf(terms: readonly SearchTerm[]): string | null {
  const typed = terms.find((term) => term.kind === 'word' && term.isPrefix)
  return typed?.kind === 'word' ? typed.text : null
}

function wishesOf(
  terms: readonly SearchTerm[],
): Pick<Asked, 'link' | 'hashtag' | 'mention' | 'reply' | 'quote'> {
  const wishes = terms.flatMap((term) => (term.kind === 'has' ? [[term.what, !term.not] as const] : []))
  const none = { link: null, hashtag: null, mention: null, reply: null, quote: null }
  return { ...none, ...Object.fromEntries(wishes) }
}
