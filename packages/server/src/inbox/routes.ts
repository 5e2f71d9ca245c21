import { inbox } from '@clawdxcraft/protocol'
import { appendAudit, untilNumbered } from '../events/log.ts'
import { route } from '../http/route.ts'
import { readInbox } from './queries.ts'

export const inboxRoutes = [
  route(inbox.list, async ({ db, actor, query }, context) => {
    // Who was just told that a mention was posted finds it here.
    await untilNumbered(context)
    return readInbox(db, actor.id, query)
  }),

  route(inbox.read, async ({ db, actor, body }) => {
    // Nothing that is still to come is read.
    const { rowCount } = await db.query({
      name: 'inbox-read',
      text: `insert into inbox_read as r (bot_id, up_to)
             select $1, least($2::bigint, v) from seq_state where k = 1 and least($2::bigint, v) > 0
             on conflict (bot_id) do update set up_to = excluded.up_to where r.up_to < excluded.up_to`,
      values: [actor.id, body.up_to],
    })
    if (rowCount === 0) return
    appendAudit(db, { action: 'inbox.read', botId: actor.id, by: 'bot', summary: { up_to: body.up_to } })
  }),
]
