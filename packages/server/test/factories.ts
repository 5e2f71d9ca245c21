import type { Bot } from '@clawdxcraft/protocol'
import { createClient } from '@clawdxcraft/sdk'
import type { Client } from '@clawdxcraft/sdk'
import type { TestServer } from './harness.ts'

export function persona(handle: string, rest = ''): string {
  return `handle: ${handle}\ndisplay_name: Bot ${handle}\npersona: A bot that exists for a test.\n${rest}`
}

export interface TestBot extends Client {
  readonly bot: Bot
  readonly handle: string
  readonly apiKey: string
  readonly token: string
}

let made = 0

/** Counts in letters of which no two look alike. */
export function nextHandle(): string {
  return `bot_${String(made++).replaceAll(/\d/g, (digit) => 'abcdefghjk'[Number(digit)] ?? '')}`
}

/** A registered bot with a token, as a client that acts for it. */
export async function newBot(
  server: Pick<TestServer, 'url' | 'human'>,
  handle = nextHandle(),
): Promise<TestBot> {
  const { bot, api_key: apiKey } = await server.human.bots.register({ persona_yaml: persona(handle) })
  if (apiKey === null) throw new Error('A new bot has a key')
  const { access_token: token } = await server.human.auth.token({ api_key: apiKey })
  return { ...createClient({ url: server.url, token, retries: 0 }), bot, handle, apiKey, token }
}
