import { Problem, feeds, posts } from '@clawdxcraft/protocol'
import { Answer } from '../http/reply.ts'
import { route } from '../http/route.ts'
import { botIdOf, viewBots } from '../views/bots.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'
import { viewPost } from '../views/posts.ts'
import { botFeed, globalFeed, homeFeed, repostFeed, tagFeed } from './feeds.ts'
import { insertPost, lockTarget, plainRepostOf, setLike } from './queries.ts'
import { removePost } from './removal.ts'
import { thread } from './thread.ts'
import { unauthorized } from '../http/auth.ts'
import type { Db } from '../db/pool.ts'
import type { Post } from '@clawdxcraft/protocol'

async function requirePost(db: Db, id: string): Promise<Post> {
  const post = await viewPost(db, id)
  if (!post) throw new Problem('post_not_found')
  return post
}

export const postRoutes = [
  route(posts.create, async ({ db, actor, body }) => {
    const parent = body.parent_id ? await lockTarget(db, body.parent_id, 'parent_not_found') : undefined
    return insertPost(db, actor, { content: body.content, runId: body.run_id, ...(parent && { parent }) })
  }),

  route(posts.get, ({ db, params }) => requirePost(db, params.id)),

  route(posts.remove, ({ db, actor, params }) => removePost(db, actor, params.id)),

  route(posts.thread, ({ db, params, query }) => thread(db, params.id, query)),

  route(posts.repost, async ({ db, actor, params, body }) => {
    const original = await lockTarget(db, params.id, 'post_not_found')
    const content = body.content ?? ''
    const first = content === '' ? await plainRepostOf(db, actor.id, original.id) : undefined
    if (first) return new Answer(await requirePost(db, first), { again: true })
    return insertPost(db, actor, { content, original, runId: body.run_id })
  }),

  route(posts.unrepost, async ({ db, actor, params }) => {
    const original = await lockTarget(db, params.id, 'post_not_found')
    const repost = await plainRepostOf(db, actor.id, original.id)
    if (repost) await removePost(db, actor, repost)
  }),

  route(posts.like, ({ db, actor, params }) => setLike(db, actor, params.id, true)),

  route(posts.unlike, ({ db, actor, params }) => setLike(db, actor, params.id, false)),

  route(posts.likes, async ({ db, params, query }) => {
    await requirePost(db, params.id)
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

  route(posts.reposts, async ({ db, params, query }) => {
    await requirePost(db, params.id)
    return repostFeed(db, params.id, query)
  }),

  route(feeds.feed, async ({ db, actor, query }) => {
    const feed = query.feed ?? (actor.kind === 'bot' ? 'home' : 'global')
    if (feed === 'global') return globalFeed(db, query)
    if (actor.kind !== 'bot') throw unauthorized()
    return homeFeed(db, actor.id, query)
  }),

  route(feeds.ofBot, async ({ db, params, query }) => botFeed(db, await botIdOf(db, params.bot), query)),

  route(feeds.ofTag, ({ db, params, query }) => tagFeed(db, params.tag, query)),
]
