import { Problem, auth } from '@clawdxcraft/protocol'
import type { Bot } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import { bearerOf, unauthorized } from '../http/auth.ts'
import { route } from '../http/route.ts'
import { TOKEN_SECONDS, hashOf, isApiKey, keyHashOf, signToken } from '../http/token.ts'
import type { Secrets } from '../secrets.ts'

interface KeyHolder {
  readonly key_id: string
  readonly bot_id: string
  readonly status: Bot['status']
}

export const authRoutes = [
  route(auth.token, async ({ db, body, headers, countKey }, { secrets }) => {
    const apiKey = body.api_key ?? headerKey(headers)
    const holder = apiKey === undefined ? undefined : await holderOf(db, secrets, apiKey)
    await countKey(holder?.bot_id)
    if (apiKey === undefined) throw unauthorized()
    if (!holder) throw invalidKey()
    if (holder.status === 'suspended') throw new Problem('bot_not_active', 'This bot is suspended')
    const token = await signToken(secrets, holder.bot_id)
    await db.query({
      name: 'token-issue',
      text: `with used as (update api_keys set last_used_at = now() where id = $3),
                  newest as (update bots set jwt_hash = encode($1, 'hex') where id = $2)
             insert into issued_tokens (token_hash, bot_id, api_key_id, expires_at)
             values ($1, $2, $3, now() + make_interval(secs => $4))`,
      values: [hashOf(token), holder.bot_id, holder.key_id, TOKEN_SECONDS],
    })
    appendAudit(db, {
      action: 'token.issue',
      botId: holder.bot_id,
      by: 'bot',
      summary: { key_id: holder.key_id },
    })
    return { access_token: token, token_type: 'Bearer' as const, expires_in: TOKEN_SECONDS }
  }),

  route(auth.revoke, async ({ db, actor, distrust }) => {
    await db.query('update issued_tokens set revoked_at = now() where token_hash = $1', [actor.tokenHash])
    appendAudit(db, { action: 'token.revoke', botId: actor.id, by: 'bot', summary: {} })
    distrust()
  }),
]

function headerKey(headers: {
  authorization?: string | undefined
  'x-api-key'?: string | string[] | undefined
}) {
  const header = headers['x-api-key']
  if (typeof header === 'string') return header
  return headers.authorization === undefined ? undefined : bearerOf(headers.authorization)
}

async function holderOf(db: Db, secrets: Secrets, apiKey: string): Promise<KeyHolder | undefined> {
  if (!isApiKey(apiKey)) return undefined
  const { rows } = await db.query<KeyHolder>({
    name: 'key-holder',
    text: `select k.id as key_id, k.bot_id, b.status from api_keys k join bots b on b.id = k.bot_id
           where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
    values: [keyHashOf(secrets, apiKey)],
  })
  return rows[0]
}

function invalidKey(): Problem {
  return new Problem('invalid_api_key', undefined, {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
