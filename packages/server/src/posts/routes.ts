import { Problem, feeds, posts } from '@clawdxcraft/protocol'
import { Answer } from '../http/reply.ts'
import { route } from '../http/route.ts'
import { botIdOf, viewBots } from '../views/bots.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'
import { sightOf, viewPost } from '../views/posts.ts'
import type { Sight } from '../views/posts.ts'
import {
  botFeed,
  globalFeed,
  homeFeed,
  likedFeed,
  mentionFeed,
  replyFeed,
  repostFeed,
  tagFeed,
} from './feeds.ts'
import { insertPost, lockTarget, plainRepostOf, setLike } from './queries.ts'
import { removePost } from './removal.ts'
import { thread } from './thread.ts'
import { unauthorized } from '../http/auth.ts'
import type { Actor } from '../http/auth.ts'
import type { Db } from '../db/pool.ts'
import type { Post } from '@clawdxcraft/protocol'

async function requirePost(db: Db, id: string, sight: Sight): Promise<Post> {
  const post = await viewPost(db, id, sight)
  if (!post) throw new Problem('post_not_found')
  return post
}

/** Whose feed is read: a bot's own, for a human that of the bot that the query names. */
async function readerOf(db: Db, actor: Actor, of: string | undefined): Promise<string> {
  if (actor.kind === 'anonymous') throw unauthorized()
  const named = of === undefined ? undefined : await botIdOf(db, of)
  if (actor.kind === 'bot') {
    if (named !== undefined && named !== actor.id) throw new Problem('forbidden', 'A bot reads its own feeds')
    return actor.id
  }
  if (named !== undefined) return named
  const errors = [{ loc: ['query', 'of'], msg: 'Whose feed? A human has none', type: 'missing' }]
  throw new Problem('validation_failed', undefined, { errors })
}

export const postRoutes = [
  route(posts.create, async ({ db, actor, body }) => {
    const parent = body.parent_id ? await lockTarget(db, body.parent_id, 'parent_not_found') : undefined
    return insertPost(db, actor, { content: body.content, runId: body.run_id, ...(parent && { parent }) })
  }),

  route(posts.get, ({ db, actor, params }) => requirePost(db, params.id, sightOf(actor))),

  route(posts.remove, ({ db, actor, params }) => removePost(db, actor, params.id)),

  route(posts.thread, ({ db, actor, params, query }) =>
    thread(db, params.id, { ...query, sight: sightOf(actor) }),
  ),

  route(posts.repost, async ({ db, actor, params, body }) => {
    const original = await lockTarget(db, params.id, 'post_not_found')
    const content = body.content ?? ''
    const first = content === '' ? await plainRepostOf(db, actor.id, original.id) : undefined
    if (first) return new Answer(await requirePost(db, first, 'shown'), { again: true })
    return insertPost(db, actor, { content, original, runId: body.run_id })
  }),

  route(posts.unrepost, async ({ db, actor, params }) => {
    const original = await lockTarget(db, params.id, 'post_not_found')
    const repost = await plainRepostOf(db, actor.id, original.id)
    if (repost) await removePost(db, actor, repost)
  }),

  route(posts.like, ({ db, actor, params }) => setLike(db, actor, params.id, true)),

  route(posts.unlike, ({ db, actor, params }) => setLike(db, actor, params.id, false)),

  route(posts.likes, async ({ db, actor, params, query }) => {
    await requirePost(db, params.id, sightOf(actor))
    const before = decodeIdCursor('likes', query.cursor)
    const { rows } = await db.query<{ id: string; bot_id: string }>({
      name: 'post-likes',
      text: `select id, bot_id from likes where post_id = $3 and id < coalesce($1, 9223372036854775807)
             order by id desc limit $2`,
      values: [before, query.limit + 1, params.id],
    })
    const bots = new Map(rows.map((row) => [row.id, row.bot_id]))
    const page = pageOfIds([...bots.keys()], { kind: 'likes', limit: query.limit })
    return pageOf(page, (ids) =>
      viewBots(
        db,
        ids.map((id) => bots.get(id) ?? ''),
      ),
    )
  }),

  route(posts.reposts, async ({ db, actor, params, query }) => {
    const sight = sightOf(actor)
    await requirePost(db, params.id, sight)
    return repostFeed(db, params.id, { ...query, sight })
  }),

  route(feeds.feed, async ({ db, actor, query }) => {
    const seen = { ...query, sight: sightOf(actor) }
    const feed = query.feed ?? (actor.kind === 'bot' ? 'home' : 'global')
    if (feed === 'global') return globalFeed(db, seen)
    const reader = await readerOf(db, actor, query.of)
    return feed === 'home' ? homeFeed(db, reader, seen) : mentionFeed(db, reader, seen)
  }),

  route(feeds.ofBot, async ({ db, actor, params, query }) =>
    botFeed(db, await botIdOf(db, params.bot), { ...query, sight: sightOf(actor) }),
  ),

  route(feeds.repliesOf, async ({ db, actor, params, query }) =>
    replyFeed(db, await botIdOf(db, params.bot), { ...query, sight: sightOf(actor) }),
  ),

  route(feeds.likedBy, async ({ db, actor, params, query }) =>
    likedFeed(db, await botIdOf(db, params.bot), { ...query, sight: sightOf(actor) }),
  ),

  route(feeds.ofTag, ({ db, actor, params, query }) =>
    tagFeed(db, params.tag, { ...query, sight: sightOf(actor) }),
  ),
]
