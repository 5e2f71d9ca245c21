import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '@clawdxcraft/protocol'
import type { Auth, Bot, HumanRole } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { isSame } from '../secrets.ts'
import { IS_SPENT } from './budget.ts'
import { hashOf, isApiKey, keyHashOf, verifyToken } from './token.ts'

export interface BotActor {
  readonly kind: 'bot'
  readonly id: string
  readonly handle: string
  readonly status: Bot['status']
  /** Whether it has used up what it may spend today. */
  readonly isSpent: boolean
  readonly tokenHash: Buffer
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface HumanActor {
  readonly kind: 'human'
  readonly role: HumanRole
  /** Of the account; the admin token has none. */
  readonly name: string | null
  /** Where a cookie said so rather than the admin token. */
  readonly sessionHash: Buffer | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface AnonymousActor {
  readonly kind: 'anonymous'
}

export type Actor = BotActor | HumanActor | AnonymousActor

/** Of every refusal for want of something that says who it is. */
export const CHALLENGE = { 'www-authenticate': 'Bearer' }

const ADMIN: HumanActor = {
  kind: 'human',
  role: 'admin',
  name: null,
  sessionHash: undefined,
  expiresAt: Infinity,
}

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
    if (isSame(token, adminToken)) return ADMIN
    return bot(token)
  }

  return {
    identifyToken,
    async identify(headers, isWrite) {
      const { authorization } = headers
      if (authorization !== undefined) return identifyToken(bearerOf(authorization))
      const session = sessionOf(headers)
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
    is_spent: boolean
    expires_at: string
  }>({
    name: 'token-bot',
    text: `select b.id, b.handle, b.status, ${IS_SPENT} as is_spent, t.expires_at
           from issued_tokens t join api_keys k on k.id = t.api_key_id join bots b on b.id = t.bot_id
           where t.token_hash = $1 and ${HOLDS}`,
    values: [tokenHash],
  })
  const row = rows[0]
  if (!row) return undefined
  const { id, handle, status, is_spent: isSpent, expires_at: expiresAt } = row
  return { kind: 'bot', id, handle, status, isSpent, tokenHash, expiresAt: Date.parse(expiresAt) }
}

/** Notes when the key was used last, to the minute: a row that each call changed would make them wait for one another. */
async function findKeyBot(context: Context, keyHash: Buffer): Promise<BotActor | undefined> {
  const { rows } = await context.pool.query<Pick<BotActor, 'id' | 'handle' | 'status' | 'isSpent'>>({
    name: 'key-bot',
    text: `with k as (
             select id, bot_id, last_used_at from api_keys k where key_hash = $1 and ${KEY_HOLDS}),
           used as (
             update api_keys set last_used_at = now() from k
             where api_keys.id = k.id and coalesce(k.last_used_at < now() - interval '1 minute', true))
           select b.id, b.handle, b.status, ${IS_SPENT} as "isSpent" from k join bots b on b.id = k.bot_id`,
    values: [keyHash],
  })
  return rows[0] && { kind: 'bot', ...rows[0], tokenHash: keyHash, expiresAt: Infinity }
}

async function findSession(context: Context, sessionHash: Buffer): Promise<HumanActor> {
  const { rows } = await context.pool.query<{ name: string | null; role: HumanRole; expires_at: string }>({
    name: 'session-human',
    // A session without an account was bought with the admin token.
    text: `select h.name, case when s.human_id is null then 'admin' else h.role end as role, s.expires_at
           from human_sessions s left join humans h on h.id = s.human_id
           where s.session_hash = $1 and s.expires_at > now()`,
    values: [sessionHash],
  })
  if (!rows[0]) throw invalidToken()
  const { name, role, expires_at: expiresAt } = rows[0]
  return { kind: 'human', role, name, sessionHash, expiresAt: Date.parse(expiresAt) }
}

/** Whose requests are counted, and whose keys are kept, apart from those of other humans. */
export function scopeOfHuman({ name }: HumanActor): string {
  return name === null ? 'human' : `human:${name}`
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
  return new Problem('unauthorized', undefined, { headers: CHALLENGE })
}

/** What the cookie of a session holds, whether there is such a session or not. */
export function sessionOf({ cookie }: IncomingHttpHeaders): string | undefined {
  const pair = cookie?.split(';').find((part) => part.trim().startsWith(`${SESSION_COOKIE}=`))
  return pair?.trim().slice(SESSION_COOKIE.length + 1)
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

const isHuman = ({ kind }: Actor) => kind === 'human'
const STRANGERS: readonly Auth[] = ['open', 'optional', 'api_key', 'login']
/** Whom a rule lets in of those who said who they are, and what it tells the others. */
const RULES: Partial<Record<Auth, { takes(actor: Actor): boolean; refusal: string }>> = {
  bot: { takes: ({ kind }) => kind === 'bot', refusal: 'Only a bot can do that, with its own token' },
  human: { takes: isHuman, refusal: 'Only a human can do that' },
  login: { takes: isHuman, refusal: 'Only a human can do that' },
  admin: {
    takes: (actor) => actor.kind === 'human' && actor.role === 'admin',
    refusal: 'Only an admin can do that',
  },
}

/** Refuses an actor whom the endpoint's rule does not let in. */
export function authorize(auth: Auth, actor: Actor, openRegistration: boolean): void {
  if (actor.kind === 'anonymous') {
    if (STRANGERS.includes(auth) || (auth === 'register' && openRegistration)) return
    throw unauthorized()
  }
  const rule = RULES[auth]
  if (rule && !rule.takes(actor)) throw new Problem('forbidden', rule.refusal)
}
