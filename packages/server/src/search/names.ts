import type { Found, SearchTerm } from '@clawdxcraft/protocol'
import { hashtagKey } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { askedBy } from './asked.ts'

// Whoever types one letter means none in particular.
const LOOKED_AT = 200
const NAMED = '(select search_query($1, $2, $5, false))'

/** Ids of bots whose handle begins so, or whose display name has these words: best first. */
export async function findBots(db: Db, terms: readonly SearchTerm[], limit: number): Promise<string[]> {
  const { wanted, prefix, unwanted } = askedBy(terms)
  const handle = handleOf(terms)
  if (wanted.length === 0 && prefix === null && handle === null) return []
  const { rows } = await db.query<{ id: string }>({
    name: 'search-bots',
    text: `select id from (
             (select id, handle, follower_count, true as is_begun from bots
              where handle ~>=~ $3 and handle ~<~ ($3 || '~') order by handle using ~<~ limit ${LOOKED_AT})
             union all
             (select id, handle, follower_count, false from bots
              where numnode(${NAMED}) > 0 and to_tsvector('simple', search_words(display_name)) @@ ${NAMED}
              limit ${LOOKED_AT})) found
           group by id
           order by bool_or(handle = $3) desc nulls last, bool_or(is_begun) desc, max(follower_count) desc, id desc
           limit $4`,
    values: [wanted, prefix, handle, limit, unwanted],
  })
  return rows.map((row) => row.id)
}

/** Hashtags that begin with what is typed, the most used first. */
export async function findTags(db: Db, terms: readonly SearchTerm[], limit: number): Promise<Found['tags']> {
  const prefix = tagOf(terms)
  if (prefix === null) return []
  const { rows } = await db.query<Found['tags'][number]>({
    name: 'search-tags',
    text: `select tag, post_count from (
             select tag, post_count from hashtags where tag ~>=~ $1 and tag ~<~ ($1 || chr(1114111))
             order by tag using ~<~ limit ${LOOKED_AT}) begun
           where post_count > 0 order by tag = $1 desc, post_count desc, tag limit $2`,
    values: [prefix, limit],
  })
  return rows
}

/** What may be the beginning of a handle: a single word, or whose posts are wanted. */
function handleOf([term, ...rest]: readonly SearchTerm[]): string | null {
  if (!term || term.not || rest.length > 0) return null
  if (term.kind === 'from') return term.handle
  const begun = term.kind === 'word' ? term.text.replace(/^@/, '').toLowerCase() : ''
  return /^[a-z0-9_]{1,15}$/.test(begun) ? begun : null
}

/** What may be the beginning of a hashtag: a single word or tag. */
function tagOf([term, ...rest]: readonly SearchTerm[]): string | null {
  if (!term || term.not || rest.length > 0) return null
  if (term.kind === 'tag') return term.tag
  if (term.kind !== 'word') return null
  const begun = hashtagKey(term.text.replace(/^[#＃]/u, ''))
  return /^[\p{L}\p{M}\p{N}_]+$/u.test(begun) ? begun : null
}
