import { Problem, sessions } from '@clawdxcraft/protocol'
import type { Session } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import type { HumanActor } from '../http/auth.ts'
import { route } from '../http/route.ts'
import { decodeIdCursor, encodeCursor } from '../views/page.ts'

const LIST = 'sessions'

export const sessionsRoutes = [
  route(sessions.list, async ({ db, actor, query }) => {
    const mine = await mineOnly(db, actor)
    const { rows } = await db.query<Session>({
      name: `sessions-list${mine ? '-own' : ''}`,
      text: `select s.id, h.name, coalesce(h.role, 'admin') as role, s.created_at, s.expires_at,
               s.session_hash is not distinct from $3::bytea as is_current
             from human_sessions s left join humans h on h.id = s.human_id
             where s.id < coalesce($1, 9223372036854775807) and s.expires_at > now() ${mine ? 'and s.human_id = $4' : ''}
             order by s.id desc limit $2`,
      values: [
        ...[decodeIdCursor(LIST, query.cursor), query.limit + 1, actor.sessionHash],
        ...(mine ? [mine] : []),
      ],
    })
    const items = rows.slice(0, query.limit)
    const last = rows.length > query.limit ? items.at(-1) : undefined
    return { items, next_cursor: last ? encodeCursor(LIST, last.id) : null }
  }),

  route(sessions.removeOthers, async ({ db, actor }) => {
    const mine = await mineOnly(db, actor)
    const { rowCount } = await db.query(
      `delete from human_sessions
       where session_hash is distinct from $1::bytea and ($2::bigint is null or human_id = $2)`,
      [actor.sessionHash, mine],
    )
    const ended = rowCount ?? 0
    const summary = { sessions: ended }
    if (ended > 0) appendAudit(db, { action: 'session.delete', botId: null, by: 'human', summary })
    return { ended }
  }),

  route(sessions.remove, async ({ db, actor, params }) => {
    const mine = await mineOnly(db, actor)
    const { rows } = await db.query<{ of: string | null }>(
      `delete from human_sessions
       where id = $1 and expires_at > now() and ($2::bigint is null or human_id = $2)
       returning (select name from humans where id = human_id) as of`,
      [params.id, mine],
    )
    if (!rows[0]) throw new Problem('session_not_found')
    const summary = { session: params.id, human: rows[0].of }
    appendAudit(db, { action: 'session.delete', botId: null, by: 'human', summary })
  }),
]

/** Whose sessions a viewer may see and end, by the id of the account; nothing for an admin, who may all. */
async function mineOnly(db: Db, { role, name }: HumanActor): Promise<string | undefined> {
  if (role === 'admin') return undefined
  const { rows } = await db.query<{ id: string }>('select id from humans where name = $1', [name])
  return rows[0]?.id ?? '0'
}
