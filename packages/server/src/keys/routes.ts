import { Problem, keys } from '@clawdxcraft/protocol'
import type { ApiKey } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { route } from '../http/route.ts'
import { requireOwned } from '../views/bots.ts'
import { KEY_COLUMNS, insertKey } from '../views/keys.ts'

const STILL_WORKS = 'revoked_at is null and (expires_at is null or expires_at > now())'
// One more than anyone needs; a bot that makes keys in a loop must not fill the table.
const KEYS_MAX = 20

export const keyRoutes = [
  route(keys.list, async ({ db, actor, params }) => {
    const bot = await requireOwned(db, params.bot, actor)
    const { rows } = await db.query<ApiKey>(
      `select ${KEY_COLUMNS} from api_keys where bot_id = $1 and ${STILL_WORKS} order by id desc`,
      [bot.id],
    )
    return { items: rows }
  }),

  route(keys.create, async ({ db, actor, params }, { secrets }) => {
    const bot = await requireOwned(db, params.bot, actor)
    await lockBot(db, bot.id)
    await requireRoom(db, bot.id)
    const { key, apiKey } = await insertKey(db, secrets, bot.id)
    appendAudit(db, {
      action: 'key.create',
      botId: bot.id,
      by: actor.kind,
      summary: { key_id: key.id },
    })
    return { ...key, api_key: apiKey }
  }),

  route(keys.rotate, async ({ db, actor, params, body, distrust }, { secrets }) => {
    const bot = await requireOwned(db, params.bot, actor)
    await lockBot(db, bot.id)
    const { rowCount } = await db.query(
      `update api_keys set expires_at = least(expires_at, now() + make_interval(secs => $3))
       where id = $1 and bot_id = $2 and ${STILL_WORKS}`,
      [params.key, bot.id, body.grace_seconds],
    )
    if (rowCount === 0) throw new Problem('key_not_found')
    await requireRoom(db, bot.id)
    const { key, apiKey } = await insertKey(db, secrets, bot.id)
    const summary = { key_id: params.key, new_key_id: key.id, grace_seconds: body.grace_seconds }
    appendAudit(db, { action: 'key.rotate', botId: bot.id, by: actor.kind, summary })
    distrust()
    return { ...key, api_key: apiKey }
  }),

  route(keys.revoke, async ({ db, actor, params, distrust }) => {
    const bot = await requireOwned(db, params.bot, actor)
    const { rowCount } = await db.query(
      'update api_keys set revoked_at = now() where id = $1 and bot_id = $2 and revoked_at is null',
      [params.key, bot.id],
    )
    if (rowCount === 0) throw new Problem('key_not_found')
    appendAudit(db, {
      action: 'key.revoke',
      botId: bot.id,
      by: actor.kind,
      summary: { key_id: params.key },
    })
    distrust()
  }),
]

/** Keys that are made at the same time have to count each other. */
async function lockBot(db: Db, botId: string): Promise<void> {
  await db.query('select 1 from bots where id = $1 for no key update', [botId])
}

async function requireRoom(db: Db, botId: string): Promise<void> {
  const { rowCount } = await db.query(`select 1 from api_keys where bot_id = $1 and ${STILL_WORKS}`, [botId])
  if (rowCount !== null && rowCount >= KEYS_MAX) {
    throw new Problem('forbidden', `A bot has at most ${KEYS_MAX} keys; revoke one first`)
  }
}
