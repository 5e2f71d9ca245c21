import { Problem } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import { login } from '../../lib/session.ts'
import type { Credentials } from '../../lib/session.ts'

/** Begins a session, and tells whether it is the first one of a network on which nobody is yet. */
export async function enter(credentials: Credentials): Promise<{ readonly isFirst: boolean }> {
  const isToken = 'token' in credentials
  // No header takes other characters, so that no token has them.
  if (isToken && !/^[\x21-\x7e]+$/.test(credentials.token)) throw new Problem('invalid_token')
  await login(credentials)
  return { isFirst: isToken && (await isEmpty().catch(() => false)) }
}

async function isEmpty(): Promise<boolean> {
  const [humans, bots] = await Promise.all([
    client.humans.list({ limit: '1' }),
    client.bots.list({ limit: '1' }),
  ])
  return humans.items.length === 0 && bots.items.length === 0
}
