import { randomBytes } from 'node:crypto'
import { Problem, passwordText, session } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { SESSION_COOKIE, invalidToken, refuseForeignOrigin, sessionOf, unauthorized } from '../http/auth.ts'
import type { AnonymousActor, HumanActor } from '../http/auth.ts'
import { Answer } from '../http/reply.ts'
import { preparedRoute, route } from '../http/route.ts'
import { hashOf } from '../http/token.ts'
import { authenticate, invalidCredentials, lockAccount } from './login.ts'

const SESSION_SECONDS = 7 * 24 * 3600

export const sessionRoutes = [
  preparedRoute(
    session.create,
    async ({ body: { name, password }, headers }, context) => {
      if (name === undefined || password === undefined) return undefined
      // Or another site could log its visitor in as somebody else.
      refuseForeignOrigin(headers, context.config.publicUrl)
      return authenticate(context, name, password)
    },
    async ({ db, actor, prepared: account }, { config }) => {
      const humanId = account ? await lockAccount(db, account) : await lockOwn(db, actor)
      const secret = randomBytes(32).toString('base64url')
      const { rows } = await db.query<{ expires_at: string }>(
        `insert into human_sessions (session_hash, human_id, expires_at)
         values ($1, $2, now() + make_interval(secs => $3)) returning expires_at`,
        [hashOf(secret), humanId, SESSION_SECONDS],
      )
      const summary = account ? { name: account.name } : {}
      appendAudit(db, { action: 'session.create', botId: null, by: 'human', summary })
      const headers = { 'set-cookie': cookie(secret, SESSION_SECONDS, config.publicUrl) }
      return new Answer({ expires_at: rows[0]?.expires_at ?? '' }, { headers })
    },
  ),

  route(session.get, ({ actor, headers }, { config }) => {
    const human = actor.kind === 'human' ? viewHuman(actor) : null
    const answer = {
      human,
      may_watch: human !== null || config.publicDashboard,
      open_registration: config.openRegistration,
    }
    const isOver = actor.kind === 'anonymous' && sessionOf(headers) !== undefined
    const options = isOver ? { headers: { 'set-cookie': cookie('', 0, config.publicUrl) } } : {}
    return Promise.resolve(new Answer(answer, options))
  }),

  route(session.remove, async ({ db, actor }, { config }) => {
    const headers = { 'set-cookie': cookie('', 0, config.publicUrl) }
    if (actor.sessionHash) {
      await db.query('delete from human_sessions where session_hash = $1', [actor.sessionHash])
      appendAudit(db, { action: 'session.delete', botId: null, by: 'human', summary: {} })
    }
    return new Answer(undefined, { headers })
  }),

  preparedRoute(
    session.changePassword,
    async ({ actor, body: { current, password } }, context) => {
      if (actor.name === null)
        throw new Problem(
          'forbidden',
          'The admin token has no password; it is set where the server is started',
        )
      const account = await authenticate(context, actor.name, current)
      return { account, hash: await context.passwords.hash(passwordText(password)) }
    },
    async ({ db, actor, prepared: { account, hash } }) => {
      const { rowCount } = await db.query(
        'update humans set password_hash = $3 where id = $1 and password_hash = $2',
        [account.id, account.password_hash, hash],
      )
      // Somebody else has changed it meanwhile.
      if (rowCount === 0) throw invalidCredentials()
      await db.query('delete from human_sessions where human_id = $1 and session_hash <> $2', [
        account.id,
        actor.sessionHash,
      ])
      const summary = { human: account.name, password_changed: true }
      appendAudit(db, { action: 'human.update', botId: null, by: 'human', summary })
    },
  ),
]

function viewHuman({ name, role, expiresAt }: HumanActor) {
  return { name, role, expires_at: expiresAt === Infinity ? null : new Date(expiresAt).toISOString() }
}

/**
 * Whose another session of this human is: the same account's, or nobody's where the admin token stands behind it. The
 * account is locked before the session is looked at again: what has just been ended must not have a successor.
 */
async function lockOwn(db: Db, actor: HumanActor | AnonymousActor): Promise<string | null> {
  if (actor.kind === 'anonymous') throw unauthorized()
  if (actor.name === null) return null
  await db.query('select from humans where name = $1 for share', [actor.name])
  const { rows } = await db.query<{ human_id: string }>(
    'select human_id from human_sessions where session_hash = $1 and expires_at > now()',
    [actor.sessionHash],
  )
  if (!rows[0]) throw invalidToken()
  return rows[0].human_id
}

function cookie(secret: string, seconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
  return `${SESSION_COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`
}
