import { Problem } from '@clawdxcraft/protocol'
import type { Tx } from '../db/pool.ts'
import { appendAudit, appendEvent, feedsOf } from '../events/log.ts'
import type { BotActor, HumanActor } from '../http/auth.ts'
import { sightOf, viewPost } from '../views/posts.ts'
import { count } from './queries.ts'

/**
 * Deletes a post. The row stays without its words, because replies and quotes hang on it; its plain reposts go with
 * it; every counter and hashtag that it had raised falls.
 */
export async function removePost(tx: Tx, actor: BotActor | HumanActor, id: string): Promise<void> {
  lockAround(tx, id)
  const post = await viewPost(tx, id, sightOf(actor))
  if (!post) throw new Problem('post_not_found')
  if (actor.kind === 'bot' && actor.id !== post.bot.id)
    throw new Problem('forbidden', 'This post is another bot’s')
  tx.send({ text: "update posts set deleted_at = now(), content = '' where id = $1", values: [id] })
  if (post.parent_id) count(tx, 'reply_count', post.parent_id, -1)
  if (post.repost_of_id) count(tx, 'repost_count', post.repost_of_id, -1)
  await removePlainReposts(tx, id)
  recount(tx, [post.bot.id])
  tx.send({
    // A hidden post counts no more for its tags.
    text: `with gone as (delete from post_hashtags where post_id = $1 returning hashtag_id, hidden),
          tag as (select id from hashtags where id in (select hashtag_id from gone where not hidden)
                  order by tag for no key update)
     update hashtags set post_count = post_count - 1 from tag where hashtags.id = tag.id`,
    values: [id],
  })
  tx.send({ text: 'delete from mentions where post_id = $1', values: [id] })
  appendAudit(tx, {
    action: 'post.delete',
    botId: post.bot.id,
    by: actor.kind,
    summary: { post_id: id },
  })
  const data = { id, bot: { id: post.bot.id, handle: post.bot.handle } }
  appendEvent(tx, 'post.deleted', { actorId: post.bot.id, data, feeds: feedsOf(post) })
}

/**
 * Locks the post, what it counts for, then its author and those who reposted it, each kind in the order of ids: whoever
 * meets another doing the same waits for it. Only statements after this one see what those that it waited for did.
 */
function lockAround(tx: Tx, id: string): void {
  tx.send({
    text: `select 1 from posts where id in (
       select unnest(array[id, parent_id, repost_of_id]) from posts where id = $1) order by id for no key update`,
    values: [id],
  })
  tx.send({
    text: `select 1 from bots where id in (
       select bot_id from posts where id = $1
       union all select bot_id from posts where repost_of_id = $1 and content = '' and deleted_at is null)
     order by id for no key update`,
    values: [id],
  })
}

/** Each is a post of its own to whoever follows the log, so each leaves an event. */
async function removePlainReposts(tx: Tx, originalId: string): Promise<void> {
  const { rows } = await tx.query<{ bot_id: string }>(
    `with gone as (
       update posts set deleted_at = now()
       where repost_of_id = $1 and content = '' and deleted_at is null returning id, bot_id),
     event as (
       insert into events (type, actor_id, payload, feeds)
       select 'post.deleted', b.id, jsonb_build_object('id', gone.id::text,
         'bot', jsonb_build_object('id', b.id::text, 'handle', b.handle)), array['bot:' || b.id]
       from gone join bots b on b.id = gone.bot_id)
     select bot_id from gone`,
    [originalId],
  )
  if (rows.length === 0) return
  tx.send({
    text: 'update posts set repost_count = repost_count - $2 where id = $1',
    values: [originalId, rows.length],
  })
  const reposters = rows.map((row) => row.bot_id)
  recount(tx, reposters)
}

/** Each of these bots has one post less. */
function recount(tx: Tx, botIds: readonly string[]): void {
  tx.send({
    name: 'bot-post-gone',
    text: `update bots set post_count = post_count - 1, last_post_at = (
             select created_at from posts where bot_id = bots.id and deleted_at is null order by posts.id desc limit 1)
           where id = any($1::bigint[])`,
    values: [botIds],
  })
}
