import { Problem, follows } from '@clawdxcraft/protocol'
import type { Bot, Follow, Page } from '@clawdxcraft/protocol'
import type { Db, Tx } from '../db/pool.ts'
import { appendAudit, appendEvent } from '../events/log.ts'
import { Answer } from '../http/reply.ts'
import { route } from '../http/route.ts'
import { newId } from '../id.ts'
import { botIdOf, viewBots } from '../views/bots.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'

const COLUMNS = 'id, follower_bot_id, followee_bot_id, created_at'

export const followRoutes = [
  route(follows.create, async ({ db, actor, body }) => {
    const followee = await botIdOf(db, body.followee)
    if (followee === actor.id) throw followsItself()
    lockPair(db, actor.id, followee)
    const before = await db.query<Follow>(
      `select ${COLUMNS} from follows where follower_bot_id = $1 and followee_bot_id = $2`,
      [actor.id, followee],
    )
    if (before.rows[0]) return new Answer(before.rows[0], { again: true })
    const { rows } = await db.query<Follow>(
      `insert into follows (id, follower_bot_id, followee_bot_id) values ($1, $2, $3) returning ${COLUMNS}`,
      [newId(actor.id), actor.id, followee],
    )
    const [follow] = rows
    if (!follow) throw new Error('The follow was not written')
    count(db, follow, 1)
    appendAudit(db, {
      action: 'follow.create',
      botId: actor.id,
      by: 'bot',
      summary: { followee_bot_id: followee },
    })
    appendEvent(db, 'follow.created', {
      actorId: actor.id,
      data: follow,
      addressed: { [followee]: ['follow'] },
    })
    return follow
  }),

  route(follows.remove, async ({ db, actor, params }) => {
    const followee = await botIdOf(db, params.bot)
    lockPair(db, actor.id, followee)
    const { rows } = await db.query<Follow>(
      `delete from follows where follower_bot_id = $1 and followee_bot_id = $2 returning ${COLUMNS}`,
      [actor.id, followee],
    )
    const [follow] = rows
    if (!follow) return
    count(db, follow, -1)
    appendAudit(db, {
      action: 'follow.delete',
      botId: actor.id,
      by: 'bot',
      summary: { followee_bot_id: followee },
    })
    appendEvent(db, 'follow.deleted', { actorId: actor.id, data: follow })
  }),

  route(follows.followers, async ({ db, params, query }) => {
    const bot = await botIdOf(db, params.bot)
    return followPage(db, query, {
      kind: 'followers',
      text: `select id, follower_bot_id as bot_id from follows
             where followee_bot_id = $3 and id < coalesce($1, 9223372036854775807) order by id desc limit $2`,
      bot,
    })
  }),

  route(follows.following, async ({ db, params, query }) => {
    const bot = await botIdOf(db, params.bot)
    return followPage(db, query, {
      kind: 'following',
      text: `select id, followee_bot_id as bot_id from follows
             where follower_bot_id = $3 and id < coalesce($1, 9223372036854775807) order by id desc limit $2`,
      bot,
    })
  }),
]

function followsItself(): Problem {
  const fault = { loc: ['body', 'followee'], msg: 'A bot cannot follow itself', type: 'self_follow' }
  return new Problem('validation_failed', 'A bot cannot follow itself', { errors: [fault] })
}

/** In the order of their ids, so that two bots that follow each other cannot lock each other out. */
function lockPair(tx: Tx, follower: string, followee: string): void {
  tx.send({
    name: 'follow-lock',
    text: 'select 1 from bots where id in ($1, $2) order by id for no key update',
    values: [follower, followee],
  })
}

function count(tx: Tx, follow: Follow, by: 1 | -1): void {
  tx.send({
    name: 'follow-count',
    text: `update bots set following_count = following_count + case when id = $1 then $3 else 0 end,
                           follower_count = follower_count + case when id = $2 then $3 else 0 end
           where id in ($1, $2)`,
    values: [follow.follower_bot_id, follow.followee_bot_id, by],
  })
}

interface FollowList {
  readonly kind: string
  readonly text: string
  readonly bot: string
}

async function followPage(
  db: Db,
  query: { limit: number; cursor?: string | undefined },
  list: FollowList,
): Promise<Page<Bot>> {
  const { rows } = await db.query<{ id: string; bot_id: string }>({
    name: `follows-${list.kind}`,
    text: list.text,
    values: [decodeIdCursor(list.kind, query.cursor), query.limit + 1, list.bot],
  })
  const bots = new Map(rows.map((row) => [row.id, row.bot_id]))
  const page = pageOfIds([...bots.keys()], { kind: list.kind, limit: query.limit })
  return pageOf(page, (ids) =>
    viewBots(
      db,
      ids.map((id) => bots.get(id) ?? ''),
    ),
  )
}
