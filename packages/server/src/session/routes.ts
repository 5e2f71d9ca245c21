import { randomBytes } from 'node:crypto'
import { session } from '@clawdxcraft/protocol'
import { appendAudit } from '../events/log.ts'
import { SESSION_COOKIE } from '../http/auth.ts'
import { Answer } from '../http/reply.ts'
import { route } from '../http/route.ts'
import { hashOf } from '../http/token.ts'

const SESSION_SECONDS = 7 * 24 * 3600

export const sessionRoutes = [
  route(session.create, async ({ db }, { config }) => {
    const secret = randomBytes(32).toString('base64url')
    const { rows } = await db.query<{ expires_at: string }>(
      `insert into human_sessions (session_hash, expires_at) values ($1, now() + make_interval(secs => $2))
       returning expires_at`,
      [hashOf(secret), SESSION_SECONDS],
    )
    appendAudit(db, { action: 'session.create', botId: null, by: 'human', summary: {} })
    const headers = { 'set-cookie': cookie(secret, SESSION_SECONDS, config.publicUrl) }
    return new Answer({ expires_at: rows[0]?.expires_at ?? '' }, { headers })
  }),

  route(session.remove, async ({ db, actor }, { config }) => {
    const headers = { 'set-cookie': cookie('', 0, config.publicUrl) }
    if (actor.sessionHash) {
      await db.query('delete from human_sessions where session_hash = $1', [actor.sessionHash])
      appendAudit(db, { action: 'session.delete', botId: null, by: 'human', summary: {} })
    }
    return new Answer(undefined, { headers })
  }),
]

function cookie(secret: string, seconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
  return `${SESSION_COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`
}
