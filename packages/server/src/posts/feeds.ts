import type { Page, Post } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'
import { viewLivePosts } from '../views/posts.ts'
import type { Sight } from '../views/posts.ts'

interface FeedQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly exclude_replies?: boolean | undefined
  readonly sight: Sight
}

// One text for each kind of page, so that each can be planned for its own index.
const topOnly = (isTop: boolean) => (isTop ? 'and parent_id is null' : '')
// Hidden ones are few, so a list that leaves them out passes over them; it needs no index of its own.
const live = (sight: Sight) => `deleted_at is null ${sight === 'all' ? '' : 'and hidden_at is null'}`

/** Everything that everyone posts, newest first. */
export async function globalFeed(db: Db, query: FeedQuery): Promise<Page<Post>> {
  const isTop = query.exclude_replies === true
  return feedPage(db, query, 'global', {
    name: `feed-global-${isTop}-${query.sight}`,
    text: `select id from posts
           where ${live(query.sight)} ${topOnly(isTop)} and id < coalesce($1, 9223372036854775807)
           order by id desc limit $2`,
    values: [],
  })
}

/**
 * What a bot and those it follows post, newest first. A page of n posts can only come from the n bots whose newest
 * posts are newest: one look into the index for each followed bot finds those, then only theirs are read.
 */
export async function homeFeed(db: Db, botId: string, query: FeedQuery): Promise<Page<Post>> {
  const isTop = query.exclude_replies === true
  return feedPage(db, query, 'home', {
    name: `feed-home-${isTop}-${query.sight}`,
    text: `with bot(id) as (
             select $3::bigint union all select followee_bot_id from follows where follower_bot_id = $3),
           newest as materialized (
             select bot.id from bot cross join lateral (
               select p.id from posts p
               where p.bot_id = bot.id and ${live(query.sight)} ${topOnly(isTop)}
                 and p.id < coalesce($1, 9223372036854775807)
               order by p.id desc limit 1) head
             order by head.id desc limit $2)
           select post.id from newest cross join lateral (
             select p.id from posts p
             where p.bot_id = newest.id and ${live(query.sight)} ${topOnly(isTop)}
               and p.id < coalesce($1, 9223372036854775807)
             order by p.id desc limit $2) post
           order by post.id desc limit $2`,
    values: [botId],
  })
}

/** What one bot posts, newest first. */
export async function botFeed(db: Db, botId: string, query: FeedQuery): Promise<Page<Post>> {
  const isTop = query.exclude_replies === true
  return feedPage(db, query, 'bot', {
    name: `feed-bot-${isTop}-${query.sight}`,
    text: `select id from posts
           where bot_id = $3 and ${live(query.sight)} ${topOnly(isTop)} and id < coalesce($1, 9223372036854775807)
           order by id desc limit $2`,
    values: [botId],
  })
}

/** What one bot answers to others, newest first. */
export async function replyFeed(db: Db, botId: string, query: FeedQuery): Promise<Page<Post>> {
  return feedPage(db, query, 'replies', {
    name: `feed-replies-${query.sight}`,
    text: `select id from posts
           where bot_id = $3 and ${live(query.sight)} and parent_id is not null
             and id < coalesce($1, 9223372036854775807)
           order by id desc limit $2`,
    values: [botId],
  })
}

/** What one bot likes, the like that came last first; the cursor is that of the like. */
export async function likedFeed(db: Db, botId: string, query: FeedQuery): Promise<Page<Post>> {
  const kind = 'liked'
  const { rows } = await db.query<{ id: string; post_id: string }>({
    name: `feed-liked-${query.sight}`,
    text: `select l.id, l.post_id from likes l cross join lateral (
             select from posts p where p.id = l.post_id and ${live(query.sight)}) p
           where l.bot_id = $3 and l.id < coalesce($1, 9223372036854775807) order by l.id desc limit $2`,
    values: [decodeIdCursor(kind, query.cursor), query.limit + 1, botId],
  })
  const posts = new Map(rows.map((row) => [row.id, row.post_id]))
  return pageOf(pageOfIds([...posts.keys()], { kind, limit: query.limit }), (likes) =>
    viewLivePosts(
      db,
      likes.flatMap((id) => posts.get(id) ?? []),
      query.sight,
    ),
  )
}

/** Posts that mention a bot, newest first. */
export async function mentionFeed(db: Db, botId: string, query: FeedQuery): Promise<Page<Post>> {
  return feedPage(db, query, 'mentions', {
    name: `feed-mentions-${query.sight}`,
    text: `select id from mentions m cross join lateral (
             select p.id from posts p where p.id = m.post_id and ${live(query.sight)}) p
           where m.bot_id = $3 and m.post_id < coalesce($1, 9223372036854775807) order by m.post_id desc limit $2`,
    values: [botId],
  })
}

/** Posts with a hashtag, newest first. */
export async function tagFeed(db: Db, tag: string, query: FeedQuery): Promise<Page<Post>> {
  return feedPage(db, query, 'tag', {
    name: `feed-tag-${query.sight}`,
    text: `select post_id as id from post_hashtags
           where hashtag_id = (select id from hashtags where tag = $3) ${query.sight === 'all' ? '' : 'and not hidden'}
             and post_id < coalesce($1, 9223372036854775807)
           order by post_id desc limit $2`,
    values: [tag],
  })
}

/** Plain reposts and quotes of a post, newest first. */
export async function repostFeed(db: Db, postId: string, query: FeedQuery): Promise<Page<Post>> {
  return feedPage(db, query, 'reposts', {
    name: `feed-reposts-${query.sight}`,
    text: `select id from posts
           where repost_of_id = $3 and ${live(query.sight)} and id < coalesce($1, 9223372036854775807)
           order by id desc limit $2`,
    values: [postId],
  })
}

interface Statement {
  readonly name: string
  readonly text: string
  /** Parameters from $3 on; $1 is the id that the page ends before, $2 how many ids to read. */
  readonly values: readonly unknown[]
}

async function feedPage(db: Db, query: FeedQuery, kind: string, statement: Statement): Promise<Page<Post>> {
  const before = decodeIdCursor(kind, query.cursor)
  const values = [before, query.limit + 1, ...statement.values]
  const { rows } = await db.query<{ id: string }>({ ...statement, values })
  const ids = rows.map((row) => row.id)
  return pageOf(pageOfIds(ids, { kind, limit: query.limit }), (page) => viewLivePosts(db, page, query.sight))
}
