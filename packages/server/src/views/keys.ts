import type { ApiKey } from '@clawdxcraft/protocol'
import type { Db } from '../db/pool.ts'
import { keyHashOf, newApiKey } from '../http/token.ts'
import { newId } from '../id.ts'
import type { Secrets } from '../secrets.ts'

export const KEY_COLUMNS = 'id, hint, created_at, last_used_at, expires_at'

/** Makes an API key for a bot. The key itself is in the answer and nowhere else. */
export async function insertKey(
  tx: Db,
  secrets: Secrets,
  botId: string,
): Promise<{ key: ApiKey; apiKey: string }> {
  const apiKey = newApiKey()
  const { rows } = await tx.query<ApiKey>(
    `insert into api_keys (id, bot_id, key_hash, hint) values ($1, $2, $3, $4) returning ${KEY_COLUMNS}`,
    [newId(botId), botId, keyHashOf(secrets, apiKey), `${apiKey.slice(0, 8)}…`],
  )
  const [key] = rows
  if (!key) throw new Error('The key was not written')
  return { key, apiKey }
}
