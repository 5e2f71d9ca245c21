import type { Page, Post, SearchTerm } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { decodeIdCursor, encodeCursor, pageOf, pageOfIds } from '../views/page.ts'
import { viewLivePosts } from '../views/posts.ts'
import { askedBy } from './asked.ts'
import type { Asked } from './asked.ts'

// An index of words knows no order, so all that it finds must be looked at to tell the newest. What is in more posts than
// this is common enough to be met by reading the newest ones.
const FOUND_MAX = 5_000
/** Posts that one request reads, newest first. */
const WALKED_MAX = 5_000

interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Posts that have what the terms ask for, newest first. A request looks at no more than a few thousand. */
export async function searchPosts(
  db: Db,
  terms: readonly SearchTerm[],
  { limit, cursor }: PageQuery,
): Promise<Page<Post>> {
  const asked = askedBy(terms)
  const before = earlier(decodeIdCursor('search', cursor), asked.until)
  const page = await searchIds(db, asked, { before, limit })
  return pageOf(page, (ids) => viewLivePosts(db, ids))
}

interface Window {
  /** The id that all are before. */
  readonly before: string | null
  readonly limit: number
}

interface Ids {
  readonly ids: string[]
  readonly next_cursor: string | null
}

async function searchIds(db: Db, asked: Asked, window: Window): Promise<Ids> {
  const listed = { kind: 'search', limit: window.limit }
  if (asked.wanted.length > 0 || asked.prefix !== null) {
    const { found, ids } = await lookUp(db, asked, window)
    if (found < FOUND_MAX) return pageOfIds(ids, listed)
  }
  const ids = await walk(db, asked, window)
  if (ids.length > window.limit) return pageOfIds(ids, listed)
  const end = await endOfWalk(db, asked, window)
  return { ids, next_cursor: end === undefined ? null : encodeCursor('search', end) }
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return BigInt(one) < BigInt(other) ? one : other
}

const COLUMNS = 'p.id, p.bot_id, p.content, p.parent_id, p.repost_of_id, p.deleted_at, p.hidden_at'

/** Everything that is asked of a post but for its words, which are $1 to $3. */
const FILTERS = `
  p.deleted_at is null and p.hidden_at is null and p.content <> ''
  and p.id < coalesce($4, 9223372036854775807) and p.id >= $5
  and ($6::text is null or p.bot_id = (select id from bots where handle = $6))
  and p.bot_id <> all (array(select id from bots where handle = any($7::text[])))
  and ($8::boolean is null or $8 = (p.content ~* 'https?://'))
  and ($9::boolean is null or $9 = (p.parent_id is not null))
  and ($10::boolean is null or $10 = (p.repost_of_id is not null))
  and ($11::boolean is null or $11 = coalesce((select true from post_hashtags t where t.post_id = p.id limit 1), false))
  and ($12::boolean is null or $12 = coalesce((select true from mentions m where m.post_id = p.id limit 1), false))
  and ($13::text[] = '{}' or cardinality($13) = (
    select count(*) from post_hashtags t join hashtags h on h.id = t.hashtag_id
    where t.post_id = p.id and h.tag = any($13)))
  and ($14::text[] = '{}' or not exists (
    select from post_hashtags t join hashtags h on h.id = t.hashtag_id
    where t.post_id = p.id and h.tag = any($14)))`

const WORDS = "to_tsvector('simple', search_words(p.content))"
const LOOSE = '(select search_query($1::text[], $2::text, $3::text[], true))'
const EXACT = '(select search_query($1::text[], $2::text, $3::text[], false))'

function valuesOf(asked: Asked, { before, limit }: Window): unknown[] {
  return [
    ...[asked.wanted, asked.prefix, asked.unwanted],
    ...[before, asked.since, asked.from, asked.notFrom],
    ...[asked.link, asked.reply, asked.quote, asked.hashtag, asked.mention],
    ...[asked.tags, asked.otherTags],
    limit + 1,
  ]
}

/** Asks the index of words, and then the posts that it names. */
async function lookUp(db: Db, asked: Asked, window: Window): Promise<{ found: number; ids: string[] }> {
  const { rows } = await db.query<{ found: number; ids: string[] }>({
    name: 'search-look-up',
    text: `with found as materialized (
             select ${COLUMNS} from posts p where p.content <> '' and ${WORDS} @@ ${LOOSE} limit ${FOUND_MAX})
           select (select count(*)::int from found) as found, array(
             select p.id::text from found p where ${FILTERS} and (${LOOSE} = ${EXACT} or ${WORDS} @@ ${EXACT})
             order by p.id desc limit $15) as ids`,
    values: valuesOf(asked, window),
  })
  return rows[0] ?? { found: 0, ids: [] }
}

/** What is read newest first: what carries a tag, what a bot wrote, or all. */
type Source = 'tag' | 'bot' | 'all'

function sourceOf({ tags, from }: Asked): Source {
  if (tags.length > 0) return 'tag'
  return from === null ? 'all' : 'bot'
}

/** Where the parameters stand in a statement. */
interface Places {
  readonly before: string
  readonly since: string
  /** The tag or the handle. */
  readonly named: string
}

function textOf(source: Source, { before, since, named }: Places): string {
  const within = (id: string) =>
    `${id} < coalesce(${before}::bigint, 9223372036854775807) and ${id} >= ${since}::bigint`
  if (source === 'tag')
    return `select post_id as id from post_hashtags
            where hashtag_id = (select id from hashtags where tag = ${named}) and ${within('post_id')}
            order by post_id desc`
  const isOfBot = source === 'bot' ? `bot_id = (select id from bots where handle = ${named}) and` : ''
  return `select id from posts where ${isOfBot} deleted_at is null and ${within('id')} order by id desc`
}

/** Reads the newest posts until enough of them have what is asked for. */
async function walk(db: Db, asked: Asked, window: Window): Promise<string[]> {
  const source = sourceOf(asked)
  const named = source === 'tag' ? '($13::text[])[1]' : '$6'
  const { rows } = await db.query<{ id: string }>({
    name: `search-walk-${source}`,
    // Without the fence of `offset 0` the planner may look for what is asked for first, and in all posts.
    text: `select p.id from (${textOf(source, { before: '$4', since: '$5', named })} limit ${WALKED_MAX}) newest
             cross join lateral (select ${COLUMNS} from posts p where p.id = newest.id offset 0) p
           where ${FILTERS} and (numnode(${EXACT}) = 0 or ${WORDS} @@ ${EXACT})
           order by newest.id desc limit $15`,
    values: valuesOf(asked, window),
  })
  return rows.map((row) => row.id)
}

/** The last post that such a walk reads; nothing where it read all that there are. */
async function endOfWalk(db: Db, asked: Asked, { before }: Window): Promise<string | undefined> {
  const source = sourceOf(asked)
  const named = { tag: asked.tags[0], bot: asked.from, all: null }[source]
  const { rows } = await db.query<{ id: string }>({
    name: `search-end-${source}`,
    text: `${textOf(source, { before: '$1', since: '$2', named: '$3' })} offset ${WALKED_MAX - 1} limit 1`,
    values: [before, asked.since, ...(source === 'all' ? [] : [named])],
  })
  return rows[0]?.id
}
