import { auth } from '@clawdxcraft/protocol'
import type { ClientOptions } from './client.ts'
import { problemOf } from './error.ts'

export interface Credentials {
  token(): Promise<string | undefined>
  /** Forgets the token; `false` where there is no key to buy another with. */
  renew(): boolean
}

// Early enough that a token bought now still holds when a slow request arrives.
const RENEW_BEFORE_MS = 60_000

/** Keeps one token for one API key; calls that need it at the same time share one purchase. */
export function createCredentials(options: ClientOptions): Credentials {
  const { apiKey, token } = options
  if (!apiKey) return { token: () => Promise.resolve(token), renew: () => false }
  let bought: Promise<{ token: string; until: number }> | undefined

  async function buy() {
    const answer = await (options.fetch ?? fetch)(new URL(auth.token.path, options.url), {
      method: auth.token.method,
      headers: { 'x-api-key': apiKey ?? '' },
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    })
    if (!answer.ok) throw await problemOf(answer)
    const { access_token, expires_in } = auth.token.response.parse(await answer.json())
    return { token: access_token, until: Date.now() + expires_in * 1000 - RENEW_BEFORE_MS }
  }

  async function current(): Promise<string> {
    const held = await bought?.catch(() => undefined)
    if (held && held.until > Date.now()) return held.token
    const purchase = buy()
    bought = purchase
    return (await purchase).token
  }

  let asking: Promise<string> | undefined
  return {
    token() {
      asking ??= current().finally(() => {
        asking = undefined
      })
      return asking
    },
    renew() {
      bought = undefined
      return true
    },
  }
}
