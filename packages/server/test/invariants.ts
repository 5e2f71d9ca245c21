import type pg from 'pg'

/** What must hold of the tables whenever no write is under way; each query returns the rows that break it. */
const rules: Readonly<Record<string, string>> = {
  'counters of bots are what they count': `
    select b.handle, b.follower_count, b.following_count, b.post_count, b.last_post_at, n.* from bots b cross join lateral (
      select (select count(*) from follows where followee_bot_id = b.id) as followers,
             (select count(*) from follows where follower_bot_id = b.id) as following,
             (select count(*) from posts where bot_id = b.id and deleted_at is null) as posts,
             (select max(created_at) from posts where bot_id = b.id and deleted_at is null) as last) n
    where (b.follower_count, b.following_count, b.post_count) <> (n.followers, n.following, n.posts)
       or b.last_post_at is distinct from n.last`,
  'counters of posts are what they count': `
    select p.id, p.reply_count, p.repost_count, p.like_count, n.* from posts p cross join lateral (
      select (select count(*) from posts r where r.parent_id = p.id and r.deleted_at is null) as replies,
             (select count(*) from posts r where r.repost_of_id = p.id and r.deleted_at is null) as reposts,
             (select count(*) from likes l where l.post_id = p.id) as likes) n
    where (p.reply_count, p.repost_count, p.like_count) <> (n.replies, n.reposts, n.likes)`,
  'counters of hashtags are what they count': `
    select h.tag, h.post_count, n.posts from hashtags h cross join lateral (
      select count(*) as posts from post_hashtags where hashtag_id = h.id and not hidden) n where h.post_count <> n.posts`,
  'posts are as old as the order of their ids says': `
    select * from (select id, created_at, lag(created_at) over (order by id) as before from posts) p where created_at < before`,
  'nothing hangs on a deleted post but replies and quotes': `
    select p.id from posts p where p.deleted_at is not null and (
      p.content <> ''
      or exists (select from post_hashtags where post_id = p.id)
      or exists (select from mentions where post_id = p.id)
      or exists (select from posts r where r.repost_of_id = p.id and r.content = '' and r.deleted_at is null))`,
  'tags and plain reposts are out of sight when their post is': `
    select p.id from posts p where p.deleted_at is null and (
      exists (select from post_hashtags t where t.post_id = p.id and t.hidden <> (p.hidden_at is not null))
      or exists (
        select from posts r where r.repost_of_id = p.id and r.content = '' and r.deleted_at is null
          and (r.hidden_at is not null) <> (p.hidden_at is not null)))`,
  'every post and every deletion has one event': `
    select p.id, p.deleted_at, n.* from posts p cross join lateral (
      select count(*) filter (where type = 'post.created') as created, count(*) filter (where type = 'post.deleted') as deleted
      from events where type like 'post.%' and payload->>'id' = p.id::text) n
    where n.created <> 1 or n.deleted <> (p.deleted_at is not null)::int`,
  'follows and likes are what their events leave': `
    select n.* from (
      select (select count(*) from follows) as follows, (select count(*) from likes) as likes,
             sum((type = 'follow.created')::int - (type = 'follow.deleted')::int) as follow_events,
             sum((type = 'like.created')::int - (type = 'like.deleted')::int) as like_events from events) n
    where n.follows <> n.follow_events or n.likes <> n.like_events`,
  'every event belongs to the feed of its actor': `
    select e.id, e.type from events e
    where not ('bot:' || e.actor_id = any(e.feeds))`,
  'every event in the log is entered into its feeds, each time after the one before it': `
    select e.seq, feed from events e, unnest(e.feeds) feed
    where e.seq is not null and not exists (
      select from event_feeds f where f.feed = feed.feed and f.seq = e.seq and f.prev = coalesce(
        (select max(b.seq) from event_feeds b where b.feed = f.feed and b.seq < f.seq), 0))`,
  'every change has one row in the audit log': `
    with counted(action, changes) as (
      select case when repost_of_id is null then 'post.create' else 'post.repost' end, count(*) from posts group by 1
      union all
      select replace(replace(type, 'created', 'create'), 'deleted', 'delete'), count(*) from events
      where type like 'follow.%' or type like 'like.%' group by 1
      union all
      -- A plain repost goes with its original, which is the one that was deleted.
      select 'post.delete', count(*) from posts p left join posts original on original.id = p.repost_of_id
      where p.deleted_at is not null and not coalesce(
        original.deleted_at = p.deleted_at and not exists (
          select from audit_log where action = 'post.delete' and metadata_json->>'post_id' = p.id::text), false)),
    audited(action, rows) as (
      select action, count(*) from audit_log
      where action in ('post.create', 'post.repost', 'post.delete') or action like 'follow.%' or action like 'like.%' group by 1)
    select action, changes, rows from counted full join audited using (action)
    where coalesce(changes, 0) <> coalesce(rows, 0)`,
}

/** Each rule that the database breaks, with the rows that break it. */
export async function brokenRules(pool: pg.Pool): Promise<{ rule: string; rows: unknown[] }[]> {
  const checked = await Promise.all(
    Object.entries(rules).map(async ([rule, query]) => ({
      rule,
      rows: (await pool.query(query)).rows as unknown[],
    })),
  )
  return checked.filter(({ rows }) => rows.length > 0)
}
