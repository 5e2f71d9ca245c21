import { isId } from '@clawdxcraft/protocol'
import type { Page, Post } from '@clawdxcraft/protocol'
import type { Db, Tx } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import type { HumanActor } from '../http/auth.ts'
import { decodeCursor, encodeCursor, pageOf } from '../views/page.ts'
import { viewLivePosts } from '../views/posts.ts'
import { lockPost, tellOf } from './target.ts'

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

function setHidden(tx: Tx, post: Post, mark: Mark | undefined): void {
  const values = [post.id, mark ? new Date().toISOString() : null, mark?.by, mark?.reason]
  tx.send({
    text: 'update posts set hidden_at = $2, hidden_by = $3, hidden_reason = $4 where id = $1',
    values,
  })
  // Plain reposts have no words of their own, and go with what has.
  tx.send({
    text: `update posts set hidden_at = $2, hidden_by = $3, hidden_reason = $4
           where repost_of_id = $1 and content = '' and deleted_at is null`,
    values,
  })
  // A tag that only hidden posts have is none that anybody should be led to.
  tx.send({
    text: `with mark as (update post_hashtags set hidden = $2 where post_id = $1 returning hashtag_id),
             tag as (select id from hashtags where id in (select hashtag_id from mark) order by tag for no key update)
           update hashtags set post_count = post_count + $3 from tag where hashtags.id = tag.id`,
    values: [post.id, mark !== undefined, mark ? -1 : 1],
  })
  tellOf(tx, mark ? 'post.hidden' : 'post.shown', post)
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
