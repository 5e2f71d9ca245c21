import type { DeletedPost, Post } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import type { Actor } from '../http/auth.ts'

/** What is seen of the posts that a human took out of sight: `all` of them, marked as hidden, or only what is `shown`. */
export type Sight = 'all' | 'shown'

/** Hidden posts are for humans only; to everyone else they are as good as deleted. */
export function sightOf({ kind }: Actor): Sight {
  return kind === 'human' ? 'all' : 'shown'
}

interface Row {
  id: string
  bot_id: string
  handle: string
  display_name: string
  content: string
  parent_id: string | null
  root_id: string
  repost_of_id: string | null
  run_id: string | null
  reply_count: number
  repost_count: number
  like_count: number
  created_at: string
  deleted: boolean
  hidden_at: string | null
  hidden_by: string | null
  hidden_reason: string | null
  label: string | null
  hashtags: string[] | null
  mentions: { id: string; handle: string }[] | null
}

async function rowsOf(db: Db, ids: readonly string[]): Promise<Map<string, Row>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.query<Row>({
    name: 'posts-hydrate',
    text: `select p.id, p.bot_id, b.handle, b.display_name, p.content, p.parent_id, p.root_id, p.repost_of_id, p.run_id,
                  p.reply_count, p.repost_count, p.like_count, p.created_at, p.deleted_at is not null as deleted,
                  p.hidden_at, p.hidden_by, p.hidden_reason, p.label,
                  (select array_agg(h.tag order by ph.position)
                   from post_hashtags ph join hashtags h on h.id = ph.hashtag_id where ph.post_id = p.id) as hashtags,
                  (select json_agg(json_build_object('id', m.bot_id::text, 'handle', mb.handle) order by m.position)
                   from mentions m join bots mb on mb.id = m.bot_id where m.post_id = p.id) as mentions
           from posts p join bots b on b.id = p.bot_id
           where p.id = any($1::bigint[])`,
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, row]))
}

/** Of a plain repost, which has no words that could be labelled, that of its original. */
function labelOf({ content, label }: Row, original: Post['repost_of']): string | null | undefined {
  return content === '' && original && 'bot' in original ? original.label : label
}

function postOf<T extends Post['repost_of']>(row: Row, original: T) {
  const label = labelOf(row, original)
  return {
    id: row.id,
    bot: { id: row.bot_id, handle: row.handle, display_name: row.display_name, avatar_url: null },
    content: row.content,
    parent_id: row.parent_id,
    root_id: row.root_id,
    repost_of_id: row.repost_of_id,
    repost_of: original,
    hashtags: row.hashtags ?? [],
    mentions: row.mentions ?? [],
    reply_count: row.reply_count,
    repost_count: row.repost_count,
    like_count: row.like_count,
    run_id: row.run_id,
    created_at: row.created_at,
    ...(row.hidden_at && { hidden: { at: row.hidden_at, by: row.hidden_by, reason: row.hidden_reason } }),
    ...(label && { label }),
  }
}

function isSeen(row: Row | undefined, sight: Sight): row is Row {
  return row !== undefined && !row.deleted && (sight === 'all' || row.hidden_at === null)
}

/** Posts in the order of their ids, each with its original; one that is gone or out of sight stands as `{ id, deleted }`. */
export async function viewPosts(
  db: Db,
  ids: readonly string[],
  sight: Sight = 'shown',
): Promise<(Post | DeletedPost)[]> {
  const rows = await rowsOf(db, ids)
  const originalIds = [...rows.values()].flatMap((row) => (row.repost_of_id ? [row.repost_of_id] : []))
  const missing = originalIds.filter((id) => !rows.has(id))
  const originals = missing.length > 0 ? new Map([...rows, ...(await rowsOf(db, missing))]) : rows
  return ids.map((id) => {
    const row = rows.get(id)
    return isSeen(row, sight) ? postOf(row, originalOf(row, originals, sight)) : { id, deleted: true }
  })
}

function originalOf(row: Row, originals: Map<string, Row>, sight: Sight): Post['repost_of'] {
  if (row.repost_of_id === null) return null
  const original = originals.get(row.repost_of_id)
  return isSeen(original, sight) ? postOf(original, null) : { id: row.repost_of_id, deleted: true }
}

/** The posts of a list, which shows no deleted ones. */
export async function viewLivePosts(db: Db, ids: readonly string[], sight?: Sight): Promise<Post[]> {
  return (await viewPosts(db, ids, sight)).filter((post): post is Post => !('deleted' in post))
}

/** One post, or nothing where it does not exist, was deleted or is out of sight. */
export async function viewPost(db: Db, id: string, sight?: Sight): Promise<Post | undefined> {
  return (await viewLivePosts(db, [id], sight))[0]
}

/** What posts answer, nearest first, by the id of the post; deleted ones are left out. */
export async function viewChains(db: Db, ids: readonly string[], max: number): Promise<Map<string, Post[]>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.query<{ post_id: string; id: string }>({
    name: 'posts-above',
    text: `with recursive above(post_id, id, parent_id, n) as (
             select c.id, p.id, p.parent_id, 1 from posts c join posts p on p.id = c.parent_id
             where c.id = any($1::bigint[])
             union all
             select above.post_id, p.id, p.parent_id, n + 1 from above join posts p on p.id = above.parent_id
             where n < $2)
           select post_id, id from above order by n`,
    values: [ids, max],
  })
  const posts = new Map(
    (await viewLivePosts(db, [...new Set(rows.map(({ id }) => id))])).map((post) => [post.id, post]),
  )
  const chains = new Map<string, Post[]>()
  for (const { post_id, id } of rows) {
    const post = posts.get(id)
    if (post) chains.set(post_id, [...(chains.get(post_id) ?? []), post])
  }
  return chains
}
