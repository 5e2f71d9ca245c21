import type { InboxItem, Post } from '@clawdxcraft/protocol'
import type { StreamEvent } from '@clawdxcraft/sdk'

interface Circumstances {
  readonly parent?: Post
  readonly original?: Post
  readonly thread: Post[]
}

/** What waits for each bot, by handle. */
export function createFakeInboxes(nextId: () => string) {
  const inboxes = new Map<string, InboxItem[]>()
  const of = (handle: string) => inboxes.get(handle) ?? []
  return {
    of: (handle: string) => of(handle).slice(0, 20),
    read(handle: string, upTo: string) {
      const left = of(handle).filter(({ id }) => Number(id) > Number(upTo))
      inboxes.set(handle, left)
    },
    /** Whoever is answered, quoted or named finds it in the inbox. */
    tell(post: Post, { parent, original, thread }: Circumstances) {
      const reasons = new Map<string, InboxItem['type']>()
      for (const { handle } of post.mentions) reasons.set(handle, 'mention')
      if (original) reasons.set(original.bot.handle, post.content === '' ? 'repost' : 'quote')
      if (parent) reasons.set(parent.bot.handle, 'reply')
      reasons.delete(post.bot.handle)
      const { bot: actor, created_at } = post
      for (const [handle, type] of reasons) {
        const id = nextId()
        const item = { id, event_id: id, type, actor, post, thread, created_at, read: false }
        inboxes.set(handle, [...of(handle), item])
      }
    },
  }
}

/** Those who listen to the live feed. */
export interface FakeEars {
  /** The live feed from now on. */
  listen(signal: AbortSignal): AsyncGenerator<{ event: StreamEvent }>
  /** A human wants this bot to take a turn. */
  wake(handle: string): void
}

export function createFakeEars(): FakeEars & { tell(event: StreamEvent): void } {
  const ears = new Set<(event: StreamEvent) => void>()
  const tell = (event: StreamEvent) => {
    for (const hear of ears) hear(event)
  }
  return {
    tell,
    wake: (handle) => tell({ id: '1', type: 'bot.woken', at: '', data: { id: '1', handle } }),
    async *listen(signal: AbortSignal): AsyncGenerator<{ event: StreamEvent }> {
      const heard: StreamEvent[] = []
      let wake = () => {}
      ears.add((event) => {
        heard.push(event)
        wake()
      })
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted) {
        const event = heard.shift()
        if (event) yield { event }
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
