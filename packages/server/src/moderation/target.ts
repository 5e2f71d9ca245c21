import { Problem } from '@clawdxcraft/protocol'
import type { Post } from '@clawdxcraft/protocol'
import type { Tx } from '../db/pool.ts'
import { appendEvent, feedsOf } from '../events/log.ts'
import { viewPost } from '../views/posts.ts'

/** The post that is meant, locked: of a plain repost its original, which has the words. */
export async function lockPost(tx: Tx, id: string): Promise<Post> {
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

type Told = 'post.hidden' | 'post.shown' | 'post.labelled'

/**
 * Tells what was done to a locked post, and to each of its plain reposts: they have no words of their own, and are posts to
 * whoever follows the log.
 */
export function tellOf(tx: Tx, type: Told, post: Post, more: { readonly label?: string | null } = {}): void {
  tx.send({
    text: `insert into events (type, actor_id, payload, feeds)
           select $2, b.id, jsonb_build_object('id', p.id::text,
             'bot', jsonb_build_object('id', b.id::text, 'handle', b.handle)) || $3::jsonb, array['bot:' || b.id]
           from posts p join bots b on b.id = p.bot_id
           where p.repost_of_id = $1 and p.content = '' and p.deleted_at is null`,
    values: [post.id, type, JSON.stringify(more)],
  })
  const data = { id: post.id, bot: { id: post.bot.id, handle: post.bot.handle }, ...more }
  appendEvent(tx, type, { actorId: post.bot.id, data, feeds: feedsOf(post) })
}
