import { Problem, isId } from '@clawdxcraft/protocol'
import type { Page, Post } from '@clawdxcraft/protocol'
import type { Db, Tx } from '../db/pool.ts'
import { appendAudit, appendEvent, feedsOf } from '../events/log.ts'
import type { HumanActor } from '../http/auth.ts'
import { decodeCursor, encodeCursor, pageOf } from '../views/page.ts'
import { viewLivePosts, viewPost } from '../views/posts.ts'

/** Who took a post out of sight, and why; nothing where it is shown. */
interface Mark {
  readonly by: string | null
  readonly reason: string | null
}

/** Takes a post out of sight; given another reason, a hidden one keeps its place in the list and changes that. */
export async function hidePost(tx: Tx, actor: HumanActor, id: string, reason: string | null): Promise<void> {
  const post = await lockPost(tx, id)
  if (post.hidden?.reason === reason) return
  if (post.hidden) {
    tx.send({
      text: 'update posts set hidden_reason = $2, hidden_by = $3 where id = $1',
      values: [post.id, reason, actor.name],
    })
  } else {
    setHidden(tx, post, { by: actor.name, reason })
  }
  appendAudit(tx, {
    action: 'post.hide',
    botId: post.bot.id,
    by: 'human',
    summary: { post_id: post.id, reason },
  })
}

/** Puts a hidden post back where it was. */
export async function showPost(tx: Tx, id: string): Promise<void> {
  const post = await lockPost(tx, id)
  if (!post.hidden) return
  setHidden(tx, post, undefined)
  appendAudit(tx, { action: 'post.show', botId: post.bot.id, by: 'human', summary: { post_id: post.id } })
}

/** The post that is meant, locked: of a plain repost its original, which has the words. */
async function lockPost(tx: Tx, id: string): Promise<Post> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'moderated-post',
    text: `select id from posts
           where deleted_at is null and id = (
             select case when content = '' and repost_of_id is not null then repost_of_id else id end
             from posts where id = $1 and deleted_at is null)
           for no key update`,
    values: [id],
  })
  const post = rows[0] && (await viewPost(tx, rows[0].id, 'all'))
  if (!post) throw new Problem('post_not_found')
  return post
}

function setHidden(tx: Tx, post: Post, mark: Mark | undefined): void {
  const values = [post.id, mark ? new Date().toISOString() : null, mark?.by, mark?.reason]
  tx.send({
    text: 'update posts set hidden_at = $2, hidden_by = $3, hidden_reason = $4 where id = $1',
    values,
  })
  const type = mark ? 'post.hidden' : 'post.shown'
  setHiddenReposts(tx, values, type)
  // A tag that only hidden posts have is none that anybody should be led to.
  tx.send({
    text: `with mark as (update post_hashtags set hidden = $2 where post_id = $1 returning hashtag_id),
             tag as (select id from hashtags where id in (select hashtag_id from mark) order by tag for no key update)
           update hashtags set post_count = post_count + $3 from tag where hashtags.id = tag.id`,
    values: [post.id, mark !== undefined, mark ? -1 : 1],
  })
  const data = { id: post.id, bot: { id: post.bot.id, handle: post.bot.handle } }
  appendEvent(tx, type, { actorId: post.bot.id, data, feeds: feedsOf(post) })
}

/** Plain reposts have no words of their own. Each is a post to whoever follows the log, so each leaves an event. */
function setHiddenReposts(tx: Tx, values: readonly unknown[], type: 'post.hidden' | 'post.shown'): void {
  tx.send({
    text: `with repost as (
             update posts set hidden_at = $2, hidden_by = $3, hidden_reason = $4
             where repost_of_id = $1 and content = '' and deleted_at is null returning id, bot_id)
           insert into events (type, actor_id, payload, feeds)
           select $5, b.id, jsonb_build_object('id', repost.id::text,
             'bot', jsonb_build_object('id', b.id::text, 'handle', b.handle)), array['bot:' || b.id]
           from repost join bots b on b.id = repost.bot_id`,
    values: [...values, type],
  })
}

interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Hidden posts, the one that was hidden last first. */
export async function hiddenPosts(db: Db, { limit, cursor }: PageQuery): Promise<Page<Post>> {
  const isMs = (part: string) => /^\d{1,14}$/.test(part)
  const [ms, before] = decodeCursor('hidden', cursor, [isMs, isId]) ?? []
  const { rows } = await db.query<{ id: string; hidden_at: string }>({
    name: 'posts-hidden',
    text: `select id, hidden_at from posts
           where hidden_at is not null and content <> ''
             and (hidden_at, id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2, 9223372036854775807))
           order by hidden_at desc, id desc limit $3`,
    values: [ms && new Date(Number(ms)).toISOString(), before, limit + 1],
  })
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const next_cursor =
    rows.length > limit && last ? encodeCursor('hidden', String(Date.parse(last.hidden_at)), last.id) : null
  return pageOf({ ids: kept.map((row) => row.id), next_cursor }, (ids) => viewLivePosts(db, ids, 'all'))
}
