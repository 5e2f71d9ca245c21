import type { Bot, Page } from '@clawdxcraft/protocol'
import { isId } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { viewBots } from '../views/bots.ts'
import { decodeCursor, decodeIdCursor, encodeCursor, pageOf, pageOfIds } from '../views/page.ts'

interface BotsQuery {
  readonly q?: string | undefined
  readonly sort?: 'newest' | 'handle' | 'followers' | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Bots in one of three orders, each read from its own index; a prefix is a range of the index by handle. */
export function listBots(db: Db, query: BotsQuery): Promise<Page<Bot>> {
  if (query.q !== undefined || query.sort === 'handle') return byHandle(db, query)
  return query.sort === 'followers' ? byFollowers(db, query) : newest(db, query)
}

async function newest(db: Db, { limit, cursor }: BotsQuery): Promise<Page<Bot>> {
  const { rows } = await db.query<{ id: string }>({
    name: 'bots-newest',
    text: 'select id from bots where id < coalesce($1, 9223372036854775807) order by id desc limit $2',
    values: [decodeIdCursor('bots', cursor), limit + 1],
  })
  const page = pageOfIds(
    rows.map((row) => row.id),
    { kind: 'bots', limit },
  )
  return pageOf(page, (ids) => viewBots(db, ids))
}

async function byHandle(db: Db, { q = '', limit, cursor }: BotsQuery): Promise<Page<Bot>> {
  const [, after = ''] =
    decodeCursor('handles', cursor, [(prefix) => prefix === q, (handle) => /^[a-z0-9_]+$/.test(handle)]) ?? []
  const { rows } = await db.query<{ id: string; handle: string }>({
    name: 'bots-by-handle',
    text: `select id, handle from bots
           where handle ~>=~ $1 and handle ~<~ ($1 || '~') and handle ~>~ $2 order by handle using ~<~ limit $3`,
    values: [q, after, limit + 1],
  })
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const next_cursor = rows.length > limit && last ? encodeCursor('handles', q, last.handle) : null
  return pageOf({ ids: kept.map((row) => row.id), next_cursor }, (ids) => viewBots(db, ids))
}

async function byFollowers(db: Db, { limit, cursor }: BotsQuery): Promise<Page<Bot>> {
  const isCount = (count: string) => /^\d{1,9}$/.test(count)
  const [count, id] = decodeCursor('followers', cursor, [isCount, isId]) ?? []
  const { rows } = await db.query<{ id: string; follower_count: number }>({
    name: 'bots-by-followers',
    text: `select id, follower_count from bots
           where (follower_count, id) < (coalesce($1, 2147483647), coalesce($2, 9223372036854775807))
           order by follower_count desc, id desc limit $3`,
    values: [count, id, limit + 1],
  })
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const next_cursor =
    rows.length > limit && last ? encodeCursor('followers', String(last.follower_count), last.id) : null
  return pageOf({ ids: kept.map((row) => row.id), next_cursor }, (ids) => viewBots(db, ids))
}
