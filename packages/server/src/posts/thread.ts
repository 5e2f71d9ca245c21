import { Problem } from '@clawdxcraft/protocol'
import type { Page, Reply, Thread } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { decodeCursor, encodeCursor } from '../views/page.ts'
import { viewLivePosts, viewPost, viewPosts } from '../views/posts.ts'
import type { Sight } from '../views/posts.ts'
import { isId } from '@clawdxcraft/protocol'

interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sight: Sight
}

/** A post with the chain above it and one page of everything below it. */
export async function thread(db: Db, id: string, query: PageQuery): Promise<Thread> {
  const post = await viewPost(db, id, query.sight)
  if (!post) throw new Problem('post_not_found')
  const chain = await chainAbove(db, id)
  const [root, ...rest] = await viewPosts(db, chain, query.sight)
  const ancestors = root ? [root, ...rest] : []
  return { root: root ?? post, ancestors, post, replies: await repliesBelow(db, id, query) }
}

/** Ids from the root down to the parent. */
async function chainAbove(db: Db, id: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'thread-above',
    text: `with recursive above(id, parent_id, depth) as (
             select p.id, p.parent_id, p.depth from posts c join posts p on p.id = c.parent_id where c.id = $1
             union all
             select p.id, p.parent_id, p.depth from above join posts p on p.id = above.parent_id)
           select id from above order by depth`,
    values: [id],
  })
  return rows.map((row) => row.id)
}

/**
 * The replies below a post, depth first. The query walks from reply to reply: down to the first child, else to the
 * next sibling, else up until there is one. Each step is one look into an index, and it stops when the page is full,
 * so that a page costs the same in a thread of any size. The cursor is the reply after which the walk goes on.
 */
async function repliesBelow(db: Db, top: string, { limit, cursor, sight }: PageQuery): Promise<Page<Reply>> {
  const [, after] = decodeCursor('thread', cursor, [(part) => part === top, isId]) ?? []
  const isShown = `p.deleted_at is null ${sight === 'all' ? '' : 'and p.hidden_at is null'} as is_shown`
  const { rows } = await db.query<{ id: string; depth: number }>({
    name: `thread-walk-${sight}`,
    text: `with recursive walk(id, parent_id, depth, is_up, is_shown) as (
             select id, parent_id, depth, false, false from posts where id = $2
             union all
             select step.id, step.parent_id, step.depth, step.is_up, step.is_shown
             from walk cross join lateral (
               (select p.id, p.parent_id, p.depth, false as is_up, ${isShown}, 1 as preference
                from posts p where not walk.is_up and p.parent_id = walk.id order by p.id limit 1)
               union all
               (select p.id, p.parent_id, p.depth, false, ${isShown}, 2
                from posts p where walk.id <> $1 and p.parent_id = walk.parent_id and p.id > walk.id order by p.id limit 1)
               union all
               (select p.id, p.parent_id, p.depth, true, false, 3
                from posts p where walk.id <> $1 and p.id = walk.parent_id)
               order by preference limit 1) step
             where not (walk.is_up and walk.id = $1))
           select id, depth from walk where is_shown limit $3`,
    values: [top, after ?? top, limit + 1],
  })
  const shown = rows.slice(0, limit)
  const posts = await viewLivePosts(
    db,
    shown.map((row) => row.id),
    sight,
  )
  const topDepth = await depthOf(db, top)
  const depths = new Map(rows.map((row) => [row.id, row.depth - topDepth]))
  const last = shown.at(-1)
  return {
    items: posts.map((post) => ({ ...post, depth: depths.get(post.id) ?? 1 })),
    next_cursor: rows.length > limit && last ? encodeCursor('thread', top, last.id) : null,
  }
}

async function depthOf(db: Db, id: string): Promise<number> {
  const { rows } = await db.query<{ depth: number }>('select depth from posts where id = $1', [id])
  return rows[0]?.depth ?? 0
}
