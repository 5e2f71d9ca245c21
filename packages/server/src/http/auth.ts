import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '@clawdxcraft/protocol'
import type { Auth, Bot } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { isSame } from '../secrets.ts'
import { hashOf, isApiKey, keyHashOf, verifyToken } from './token.ts'

export interface BotActor {
  readonly kind: 'bot'
  readonly id: string
  readonly handle: string
  readonly status: Bot['status']
  readonly tokenHash: Buffer
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface HumanActor {
  readonly kind: 'human'
  /** Where a cookie said so rather than the admin token. */
  readonly sessionHash: Buffer | undefined
}

export interface AnonymousActor {
  readonly kind: 'anonymous'
}

export type Actor = BotActor | HumanActor | AnonymousActor

export const SESSION_COOKIE = 'clawdx_session'

// A revocation must be felt within a second everywhere, so nobody is believed for longer than half of one.
const BELIEVED_MS = 500
const BELIEVED_MAX = 10_000

export interface Authenticator {
  /** Who sends these headers. A bad token is refused even where none would do. */
  identify(headers: IncomingHttpHeaders, isWrite: boolean): Promise<Actor>
  /** Who holds this token: a bot's JWT or the human's. */
  identifyToken(token: string): Promise<BotActor | HumanActor>
  /** Whose API key this is, where agents that cannot renew a token show that instead of one. */
  identifyKey(apiKey: string): Promise<BotActor>
  /** Which of these, by their hashes, no longer hold. */
  endedAmong(what: 'tokens' | 'sessions', hashes: readonly Buffer[]): Promise<Buffer[]>
  forget(): void
}

export function createAuthenticator(context: Context, adminToken: string): Authenticator {
  let believed = new Map<string, { actor: BotActor; until: number }>()

  async function bot(token: string): Promise<BotActor> {
    const held = believed.get(token)
    if (held && held.until > Date.now()) return held.actor
    // The signature first: garbage must not reach the database. One that was good once stays so.
    if (!held && (await verifyToken(context.secrets, token)) === undefined) throw invalidToken()
    // What is forgotten while the database is asked stays forgotten, and a late answer is not fresh.
    const [mine, asked] = [believed, Date.now()]
    const actor = await findBot(context, hashOf(token))
    if (!actor) throw invalidToken()
    if (!held && mine.size >= BELIEVED_MAX) mine.clear()
    mine.set(token, { actor, until: Math.min(asked + BELIEVED_MS, actor.expiresAt) })
    return actor
  }

  async function identifyToken(token: string): Promise<BotActor | HumanActor> {
    if (isSame(token, adminToken)) return { kind: 'human', sessionHash: undefined }
    return bot(token)
  }

  return {
    identifyToken,
    async identify(headers, isWrite) {
      const { authorization } = headers
      if (authorization !== undefined) return identifyToken(bearerOf(authorization))
      const session = cookieOf(headers.cookie, SESSION_COOKIE)
      if (session === undefined) return { kind: 'anonymous' }
      if (isWrite) refuseForeignOrigin(headers, context.config.publicUrl)
      return findSession(context, hashOf(session))
    },
    async identifyKey(apiKey) {
      const keyHash = keyHashOf(context.secrets, apiKey)
      const actor = await findKeyBot(context, keyHash)
      if (!actor) throw invalidToken()
      return actor
    },
    async endedAmong(what, hashes) {
      const { rows } = await context.pool.query<{ hash: Buffer }>(HOLDING[what], [hashes])
      const holding = new Set(rows.map((row) => row.hash.toString('hex')))
      return hashes.filter((hash) => !holding.has(hash.toString('hex')))
    },
    forget() {
      believed = new Map()
    },
  }
}

const KEY_HOLDS = 'k.revoked_at is null and (k.expires_at is null or k.expires_at > now())'
const HOLDS = `t.revoked_at is null and t.expires_at > now() and ${KEY_HOLDS}`

const HOLDING = {
  tokens: `select token_hash as hash from issued_tokens t join api_keys k on k.id = t.api_key_id
           where token_hash = any($1) and ${HOLDS}`,
  sessions:
    'select session_hash as hash from human_sessions where session_hash = any($1) and expires_at > now()',
}

async function findBot(context: Context, tokenHash: Buffer): Promise<BotActor | undefined> {
  const { rows } = await context.pool.query<{
    id: string
    handle: string
    status: Bot['status']
    expires_at: string
  }>({
    name: 'token-bot',
    text: `select b.id, b.handle, b.status, t.expires_at
           from issued_tokens t join api_keys k on k.id = t.api_key_id join bots b on b.id = t.bot_id
           where t.token_hash = $1 and ${HOLDS}`,
    values: [tokenHash],
  })
  const row = rows[0]
  if (!row) return undefined
  const { id, handle, status, expires_at: expiresAt } = row
  return { kind: 'bot', id, handle, status, tokenHash, expiresAt: Date.parse(expiresAt) }
}

/** Notes when the key was used last, to the minute: a row that each call changed would make them wait for one another. */
async function findKeyBot(context: Context, keyHash: Buffer): Promise<BotActor | undefined> {
  const { rows } = await context.pool.query<Pick<BotActor, 'id' | 'handle' | 'status'>>({
    name: 'key-bot',
    text: `with k as (
             select id, bot_id, last_used_at from api_keys k where key_hash = $1 and ${KEY_HOLDS}),
           used as (
             update api_keys set last_used_at = now() from k
             where api_keys.id = k.id and coalesce(k.last_used_at < now() - interval '1 minute', true))
           select b.id, b.handle, b.status from k join bots b on b.id = k.bot_id`,
    values: [keyHash],
  })
  return rows[0] && { kind: 'bot', ...rows[0], tokenHash: keyHash, expiresAt: Infinity }
}

async function findSession(context: Context, sessionHash: Buffer): Promise<HumanActor> {
  const { rowCount } = await context.pool.query(
    'select 1 from human_sessions where session_hash = $1 and expires_at > now()',
    [sessionHash],
  )
  if (rowCount === 0) throw invalidToken()
  return { kind: 'human', sessionHash }
}

export function bearerOf(authorization: string): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (!token) throw invalidToken()
  return token
}

/** The API key that stands where clients put one; what does not look like one may be a token. */
export function apiKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-api-key'] ?? /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return typeof given === 'string' && isApiKey(given) ? given : undefined
}

export function invalidToken(): Problem {
  return new Problem('invalid_token', undefined, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}

export function unauthorized(): Problem {
  return new Problem('unauthorized', undefined, { headers: { 'www-authenticate': 'Bearer' } })
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(';').find((part) => part.trim().startsWith(`${name}=`))
  return pair?.trim().slice(name.length + 1)
}

/** A cookie travels with requests that other sites make the browser send; their origin gives them away. */
export function refuseForeignOrigin(headers: IncomingHttpHeaders, publicUrl: string): void {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  const ours = new URL(publicUrl)
  const own = [ours.origin, `https://${host}`]
  // Under https a page that came unencrypted may be anyone's, whatever name it shows.
  if (ours.protocol === 'http:') own.push(`http://${host}`)
  const isForeign =
    origin === undefined ? site !== undefined && site !== 'same-origin' : !own.includes(origin)
  if (isForeign) throw new Problem('origin_refused')
}

/** Refuses an actor whom the endpoint's rule does not let in. */
export function authorize(auth: Auth, actor: Actor, openRegistration: boolean): void {
  if (auth === 'open' || auth === 'optional' || auth === 'api_key') return
  if (auth === 'register' && openRegistration) return
  if (actor.kind === 'anonymous') throw unauthorized()
  if (auth === 'bot' && actor.kind !== 'bot')
    throw new Problem('forbidden', 'Only a bot can do that, with its own token')
  if (auth === 'human' && actor.kind !== 'human') throw new Problem('forbidden', 'Only a human can do that')
}
