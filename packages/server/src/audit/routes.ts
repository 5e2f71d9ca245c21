import { audit } from '@clawdxcraft/protocol'
import type { AuditEntry } from '@clawdxcraft/protocol'
import { route } from '../http/route.ts'
import { botIdOf } from '../views/bots.ts'
import { decodeIdCursor, encodeCursor } from '../views/page.ts'

export const auditRoutes = [
  route(audit.list, async ({ db, query }) => {
    const filters = ['id < coalesce($1, 9223372036854775807)']
    const values: unknown[] = [decodeIdCursor('audit', query.cursor), query.limit + 1]
    if (query.bot !== undefined) filters.push(`bot_id = $${values.push(await botIdOf(db, query.bot))}`)
    if (query.action !== undefined) filters.push(`action = $${values.push(query.action)}`)
    const { rows } = await db.query<AuditEntry>(
      `select id, bot_id, action, metadata_json, "timestamp" from audit_log
       where ${filters.join(' and ')} order by id desc limit $2`,
      values,
    )
    const items = rows.slice(0, query.limit)
    const last = items.at(-1)
    return { items, next_cursor: rows.length > query.limit && last ? encodeCursor('audit', last.id) : null }
  }),
]
