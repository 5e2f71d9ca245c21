import { audit } from '@clawdxcraft/protocol'
import type { AuditEntry } from '@clawdxcraft/protocol'
import { route } from '../http/route.ts'
import { decodeIdCursor, encodeCursor } from '../views/page.ts'
import { chainState } from './chain.ts'
import { pageStatement, selectionOf } from './filter.ts'

export const auditRoutes = [
  route(audit.list, async ({ db, query: { limit, cursor, ...filter } }) => {
    const last = decodeIdCursor('audit', cursor)
    const selection = await selectionOf(db, filter)
    const { after, before, values } = selection
    const { rows } = await db.query<AuditEntry>(pageStatement(selection, 'desc'), [
      after,
      last !== null && BigInt(last) < BigInt(before) ? last : before,
      limit + 1,
      ...values,
    ])
    const items = rows.slice(0, limit)
    const end = items.at(-1)
    return { items, next_cursor: rows.length > limit && end ? encodeCursor('audit', end.id) : null }
  }),

  route(audit.chain, (_request, context) => chainState(context)),
]
