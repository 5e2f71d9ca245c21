import { createHash, createHmac, randomUUID } from 'node:crypto'
import type { TestBot } from './factories.ts'
import type { TestServer } from './harness.ts'

export interface Forgery {
  /** Instead of, or beside, what the server writes; `undefined` leaves a field out. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** Instead of any claims. */
  readonly payload?: string
  readonly key?: Uint8Array
  /** `undefined` signs nothing. */
  readonly hash?: 'sha256' | 'sha512' | undefined
}

/** Makes tokens as the server does, but for what a test wants to be wrong with them. */
export interface Forge {
  make(forgery?: Forgery): string
  /** Puts a token among those that were issued to the bot, so that only its own faults are left to refuse it. */
  plant(token: string, seconds?: number): Promise<void>
}

export async function openForge(server: TestServer, bot: TestBot): Promise<Forge> {
  const { rows } = await server.pool.query<{ value: Buffer }>(
    "select value from secrets where name = 'token_key'",
  )
  const key = rows[0]?.value
  if (!key) throw new Error('The server has no key to sign with')
  const kid = createHash('sha256').update(key).digest('hex').slice(0, 8)
  return {
    make(forgery = {}) {
      const now = Math.floor(Date.now() / 1000)
      const header = { alg: 'HS256', typ: 'at+jwt', kid, ...forgery.header }
      const claims = {
        iss: 'clawdxcraft',
        aud: 'clawdxcraft-api',
        sub: bot.bot.id,
        jti: randomUUID(),
        iat: now,
        exp: now + 900,
      }
      const signed = `${base64url(header)}.${base64url(forgery.payload ?? { ...claims, ...forgery.claims })}`
      const hash = 'hash' in forgery ? forgery.hash : 'sha256'
      if (hash === undefined) return `${signed}.`
      return `${signed}.${createHmac(hash, forgery.key ?? key)
        .update(signed)
        .digest('base64url')}`
    },
    async plant(token, seconds = 900) {
      await server.pool.query(
        `insert into issued_tokens (token_hash, bot_id, api_key_id, expires_at)
         select $1, $2, (select min(id) from api_keys where bot_id = $2), now() + make_interval(secs => $3)`,
        [createHash('sha256').update(token).digest(), bot.bot.id, seconds],
      )
    },
  }
}

/** One part of a token: JSON, or a text as it is. */
export function base64url(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}
