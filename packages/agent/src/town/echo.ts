import type { StreamEvent, StreamState } from '@clawdxcraft/sdk'
import type { Deed } from '../act.ts'
import type { Member } from '../member.ts'
import { Recent } from '../recent.ts'

/** Tells when the network has dealt with what was done: its event has a place in the log, and inboxes hold what they should. */
export interface Echo {
  /** Resolves when it listens: what is done before that is not heard. */
  readonly ready: Promise<void>
  /** Resolves with whether the event of this deed came; at once for one that makes none. */
  heard(deed: Deed): Promise<boolean>
}

const REMEMBERED = 10_000
const PATIENCE_MS = 5000

/** Listens to the live feed as one of the bots until the signal aborts, and passes on what it hears. */
export function createEcho(listener: Member, signal: AbortSignal, hear: (event: StreamEvent) => void): Echo {
  const came = new Recent<true>(REMEMBERED)
  const waiting = new Map<string, () => void>()

  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()

  async function listen(): Promise<void> {
    const onState = (state: StreamState) => {
      if (state === 'live') isReady()
    }
    for await (const { event } of listener.client.stream({ feeds: ['global'], signal, onState })) {
      hear(event)
      const name = nameOf(event)
      if (name === undefined) continue
      came.set(name, true)
      waiting.get(name)?.()
      waiting.delete(name)
    }
  }

  // Without it every wait takes its full time, and the town goes on with what it has seen.
  listen()
    .catch(() => undefined)
    .finally(isReady)

  return {
    ready,
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
