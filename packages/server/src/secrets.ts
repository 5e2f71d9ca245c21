import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'
import type { Db } from './db/pool.ts'

export interface Secrets {
  readonly tokenKey: Uint8Array
  readonly tokenKeyId: string
  readonly keyPepper: Uint8Array
  /** Encrypts what webhooks need to show or to sign with. */
  readonly webhookKey: Uint8Array
}

/**
 * Reads what all API processes of one network share, and makes it on the first start. It lives in the database, so
 * that a second process needs nothing but DATABASE_URL; docs/decisions/0005 says why that is safe.
 */
export async function loadSecrets(db: Db, secretKey: string | undefined): Promise<Secrets> {
  const made = [
    ['token_key', randomBytes(32)],
    ['key_pepper', randomBytes(32)],
    ['webhook_key', randomBytes(32)],
  ] as const
  for (const row of made) {
    await db.query('insert into secrets (name, value) values ($1, $2) on conflict do nothing', [...row])
  }
  const { rows } = await db.query<{ name: string; value: Buffer }>('select name, value from secrets')
  const value = (name: string): Buffer => {
    const row = rows.find((secret) => secret.name === name)
    if (!row) throw new Error(`The database has lost its secret "${name}"`)
    return row.value
  }
  const tokenKey = value('token_key')
  const tokenKeyId = createHash('sha256').update(tokenKey).digest('hex').slice(0, 8)
  // Without the other half a copy of the database is enough to read them.
  const webhookKey = createHmac('sha256', secretKey ?? '')
    .update(value('webhook_key'))
    .digest()
  return { tokenKey, tokenKeyId, keyPepper: value('key_pepper'), webhookKey }
}

export interface AdminToken {
  readonly value: string
  /** Made just now: the one time to show it. */
  readonly isNew: boolean
}

/** The human's token: given, kept in the data folder, or made and kept there with mode 0600. */
export async function loadAdminToken(config: Config): Promise<AdminToken> {
  if (config.adminToken) return { value: config.adminToken, isNew: false }
  const file = join(config.dataDir, 'admin-token')
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const token = `clh_${randomBytes(32).toString('base64url')}`
  try {
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' })
    return { value: token, isNew: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return { value: (await readFile(file, 'utf8')).trim(), isNew: false }
  }
}

/** Compares in constant time, whatever the lengths. */
export function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
