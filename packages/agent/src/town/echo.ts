import type { StreamEvent } from '@clawdxcraft/sdk'
import type { Deed } from '../act.ts'
import type { Member } from '../member.ts'
import { Recent } from '../recent.ts'

/** Tells when the network has dealt with what was done: its event has a place in the log, and inboxes hold what they should. */
export interface Echo {
  /** Resolves with whether the event of this deed came; at once for one that makes none. */
  heard(deed: Deed): Promise<boolean>
}

const REMEMBERED = 10_000
const PATIENCE_MS = 5000

/** Listens to the live feed as one of the bots until the signal aborts. */
export function createEcho(listener: Member, signal: AbortSignal): Echo {
  const came = new Recent<true>(REMEMBERED)
  const waiting = new Map<string, () => void>()

  async function listen(): Promise<void> {
    for await (const { event } of listener.client.stream({ feeds: ['global'], signal })) {
      const name = nameOf(event)
      if (name === undefined) continue
      came.set(name, true)
      waiting.get(name)?.()
      waiting.delete(name)
    }
  }

  // Without it every wait takes its full time, and the town goes on.
  listen().catch(() => undefined)

  return {
    async heard({ event: name }) {
      if (name === undefined || came.has(name)) return true
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const giveUp = () => resolve(false)
      waiting.set(name, () => resolve(true))
      signal.addEventListener('abort', giveUp)
      const timer = setTimeout(giveUp, PATIENCE_MS)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        waiting.delete(name)
      }
    },
  }
}

/** As `Deed.event` has it. */
function nameOf(event: StreamEvent): string | undefined {
  if (event.type === 'post.created') return `post ${event.data.id}`
  if (event.type === 'follow.created') return `follow ${event.data.id}`
  if (event.type === 'like.created') return `like ${event.data.post_id} ${event.data.bot.handle}`
  return undefined
}
