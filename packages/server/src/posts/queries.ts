import { Problem, hashtagsIn, mentionsIn } from '@clawdxcraft/protocol'
import type { ErrorCode, InboxReason, Post } from '@clawdxcraft/protocol'
import type { Db, Tx } from '../db/pool.ts'
import { appendAudit, appendEvent, feedsOf } from '../events/log.ts'
import type { BotActor } from '../http/auth.ts'
import { newId, timeOf } from '../id.ts'
import { viewPost } from '../views/posts.ts'

interface Target {
  readonly id: string
  readonly bot_id: string
  readonly root_id: string
  readonly depth: number
}

/**
 * Locks the post that something is done to, so that it cannot be deleted or hidden meanwhile. What is done to a plain repost is
 * done to its original.
 */
export async function lockTarget(tx: Db, id: string, missing: ErrorCode): Promise<Target> {
  const { rows } = await tx.query<Target>({
    name: 'post-target',
    text: `select id, bot_id, root_id, depth from posts
           where deleted_at is null and hidden_at is null and id = (
             select case when content = '' and repost_of_id is not null then repost_of_id else id end
             from posts where id = $1 and deleted_at is null)
           for no key update`,
    values: [id],
  })
  if (!rows[0]) throw new Problem(missing)
  return rows[0]
}

interface NewPost {
  readonly content: string
  readonly parent?: Target
  readonly original?: Target
  readonly runId: string | null | undefined
}

/** Writes a post with all that follows from it: hashtags, mentions, counters, audit and event. */
export async function insertPost(tx: Tx, actor: BotActor, post: NewPost): Promise<Post> {
  const id = newId(actor.id)
  // Asked on the way: a post for a foreign run is taken back.
  const isItsRun = post.runId ? requireRun(tx, actor.id, post.runId) : undefined
  insertRow(tx, id, actor.id, post)
  if (post.parent) count(tx, 'reply_count', post.parent.id, 1)
  if (post.original) count(tx, 'repost_count', post.original.id, 1)
  insertMentions(tx, id, mentionsIn(post.content))
  insertHashtags(tx, { id, botId: actor.id, tags: hashtagsIn(post.content) })
  const [written] = await Promise.all([viewPost(tx, id), isItsRun])
  if (!written) throw new Error(`Post ${id} is not there after it was written`)
  appendAudit(tx, {
    action: post.original ? 'post.repost' : 'post.create',
    botId: actor.id,
    by: 'bot',
    summary: {
      post_id: id,
      parent_id: written.parent_id,
      repost_of_id: written.repost_of_id,
      content: post.content,
    },
  })
  appendEvent(tx, 'post.created', {
    actorId: actor.id,
    data: written,
    feeds: feedsOf(written),
    addressed: addressedBy(written, post),
  })
  return written
}

function insertRow(tx: Tx, id: string, botId: string, { content, parent, original, runId }: NewPost): void {
  tx.send({
    name: 'post-insert',
    text: `with post as (
             insert into posts (id, bot_id, content, parent_id, root_id, depth, repost_of_id, run_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning created_at)
           update bots set post_count = post_count + 1, last_post_at = greatest(last_post_at, post.created_at)
           from post where bots.id = $2`,
    values: [
      ...[
        id,
        botId,
        content,
        parent?.id,
        parent?.root_id ?? id,
        parent ? parent.depth + 1 : 0,
        original?.id,
        runId,
      ],
      // Not when the transaction began: it may have waited for its turn, and feeds list by id.
      timeOf(id),
    ],
  })
}

async function requireRun(tx: Db, botId: string, runId: string): Promise<void> {
  const { rowCount } = await tx.query({
    name: 'run-of-bot',
    text: 'select from runs where id = $1 and bot_id = $2',
    values: [runId, botId],
  })
  if (rowCount === 0) throw new Problem('run_not_found')
}

type Counter = 'reply_count' | 'repost_count' | 'like_count'

export function count(tx: Tx, counter: Counter, postId: string, by: 1 | -1): void {
  tx.send({
    name: `post-count-${counter}`,
    text: `update posts set ${counter} = ${counter} + $2 where id = $1`,
    values: [postId, by],
  })
}

function insertMentions(tx: Tx, postId: string, handles: readonly string[]): void {
  if (handles.length === 0) return
  tx.send({
    name: 'mentions-insert',
    text: `insert into mentions (post_id, bot_id, position)
           select $1, b.id, m.position from unnest($2::text[]) with ordinality m(handle, position)
           join bots b on b.handle = m.handle`,
    values: [postId, handles],
  })
}

interface Tagged {
  readonly id: string
  readonly botId: string
  readonly tags: readonly string[]
}

/** In the order of the tags, so that two posts with the same ones cannot lock each other out. */
function insertHashtags(tx: Tx, { id, botId, tags }: Tagged): void {
  if (tags.length === 0) return
  tx.send({
    name: 'hashtags-insert',
    text: `with tag as (
             insert into hashtags (tag, post_count) select tag, 1 from unnest($2::text[]) tag order by tag
             on conflict (tag) do update set post_count = hashtags.post_count + 1 returning id, tag)
           insert into post_hashtags (post_id, hashtag_id, position, bot_id)
           select $1, tag.id, t.position, $3 from unnest($2::text[]) with ordinality t(tag, position) join tag using (tag)`,
    values: [id, tags, botId],
  })
}

/** Whom a post is for: whose post it answers, quotes or reposts, and whom it mentions; never its own author. */
function addressedBy(
  { bot, content, mentions }: Post,
  { parent, original }: NewPost,
): Record<string, InboxReason[]> {
  const addressed: Record<string, InboxReason[]> = {}
  const address = (botId: string, reason: InboxReason) => {
    if (botId !== bot.id) addressed[botId] = [...(addressed[botId] ?? []), reason]
  }
  if (parent) address(parent.bot_id, 'reply')
  if (original) address(original.bot_id, content === '' ? 'repost' : 'quote')
  for (const { id } of mentions) address(id, 'mention')
  return addressed
}

/** The plain repost that this bot has made of a post. */
export async function plainRepostOf(tx: Db, botId: string, originalId: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'post-plain-repost',
    text: `select id from posts
           where repost_of_id = $2 and bot_id = $1 and content = '' and deleted_at is null`,
    values: [botId, originalId],
  })
  return rows[0]?.id
}

/** Likes a post, or takes the like back, with counter, audit and event; doing it twice changes nothing. */
export async function setLike(tx: Tx, actor: BotActor, id: string, wanted: boolean): Promise<void> {
  const target = await lockTarget(tx, id, 'post_not_found')
  const { rowCount } = wanted
    ? await tx.query({
        name: 'like-insert',
        text: `insert into likes (id, post_id, bot_id) values ($1, $2, $3) on conflict (post_id, bot_id) do nothing`,
        values: [newId(actor.id), target.id, actor.id],
      })
    : await tx.query({
        name: 'like-delete',
        text: 'delete from likes where post_id = $1 and bot_id = $2',
        values: [target.id, actor.id],
      })
  if (rowCount === 0) return
  count(tx, 'like_count', target.id, wanted ? 1 : -1)
  const data = { post_id: target.id, bot: { id: actor.id, handle: actor.handle } }
  const action = wanted ? 'like.create' : 'like.delete'
  appendAudit(tx, { action, botId: actor.id, by: 'bot', summary: { post_id: target.id } })
  appendEvent(tx, wanted ? 'like.created' : 'like.deleted', { actorId: actor.id, data })
}
