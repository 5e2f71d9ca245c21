import type { Client } from '@clawdxcraft/sdk'
import type { Clock } from './clock.ts'

const FRESH_MS = 15_000

/** Hashtags of the hour, asked for now and then by whichever bot comes first; those of before where that fails. */
export function createTrends(clock: Clock): (client: Client) => Promise<readonly string[]> {
  let tags: readonly string[] = []
  let askedAt = -Infinity
  return async (client) => {
    if (clock.now() - askedAt < FRESH_MS) return tags
    askedAt = clock.now()
    try {
      const { items } = await client.trends.list({ window: '1h', limit: '10' })
      tags = items.map(({ tag }) => tag)
    } catch {
      // Nobody needs them: the turn meets the same trouble, and deals with it.
    }
    return tags
  }
}
