import { Problem } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import { login } from '../../lib/session.ts'
import type { Credentials } from '../../lib/session.ts'

/** Begins a session, and tells whether it is with the token of a network on which no human has an account. */
export async function enter(credentials: Credentials): Promise<{ readonly isFirst: boolean }> {
  const isToken = 'token' in credentials
  // No header takes other characters, so that no token has them.
  if (isToken && !/^[\x21-\x7e]+$/.test(credentials.token)) throw new Problem('invalid_token')
  await login(credentials)
  return { isFirst: isToken && (await isEmpty().catch(() => false)) }
}

async function isEmpty(): Promise<boolean> {
  return (await client.humans.list({ limit: '1' })).items.length === 0
}
