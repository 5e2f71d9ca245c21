import type { Client, Gap, StreamEvent, StreamItem, StreamState } from '@clawdxcraft/sdk'

/** What the page hears of one feed. */
export interface Listener {
  /** From here on nothing is missed; what was told before has to be read elsewhere. It may come again. */
  onBegin(): void
  onEvent(event: StreamEvent): void
  /** Events are missing from here on: what was read before may be old. */
  onGap(): void
}

/** `idle`: nothing on the page is live. */
export type LiveState = StreamState | 'paused' | 'refused' | 'idle'

/** One connection for everything on the page that is live. */
export interface Live {
  /**
   * Hears what is told in a feed from now on; the returned function ends that. A feed that is not there ends the connection
   * of all: whoever listens has read something of it before.
   */
  listen(feed: string, listener: Listener): () => void
  readonly state: LiveState
  /** Calls back after each change of the state; the returned function ends that. */
  onState(changed: () => void): () => void
  pause(): void
  /** Goes on after the last event that was heard. */
  resume(): void
}

/** So long a page may take to put its columns up: they all share the next connection. */
const GATHER_MS = 50
/** Of so short a while may be told again what somebody new has read already. */
const FRESH_MS = 5_000

/** The last event that was heard, and when. */
interface Position extends Pick<StreamItem, 'seq' | 'epoch'> {
  readonly at: number
}

export function createLive(client: Pick<Client, 'stream'>): Live {
  const listeners = new Map<string, Set<Listener>>()
  const watchers = new Set<() => void>()
  /** Those that have been told that they begin. */
  let begun = new WeakSet<Listener>()
  let state: LiveState = 'idle'
  let isPaused = false
  let position: Position | undefined
  let connection: AbortController | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined

  function tell(next: LiveState): void {
    if (state === next) return
    state = next
    for (const changed of watchers) changed()
  }

  /** With the feeds that are listened to by then; what came meanwhile is not lost, as it goes on after the last event. */
  function reconnect(): void {
    clearTimeout(gathering)
    gathering = setTimeout(() => {
      connection?.abort()
      connection = undefined
      if (!canGoOn()) {
        position = undefined
        begun = new WeakSet()
      }
      if (isPaused) return
      if (listeners.size === 0) return tell('idle')
      connection = new AbortController()
      void read([...listeners.keys()], connection.signal)
    }, GATHER_MS)
  }

  /**
   * Whether the next connection goes on after the last event. Else all begin again: where nothing was heard there is no
   * such place, and from one of long ago whoever is new would be told what they have read, as if it were new.
   */
  function canGoOn(): boolean {
    if (!position) return false
    const all = [...listeners.values()].flatMap((ofFeed) => [...ofFeed])
    return all.every((listener) => begun.has(listener)) || performance.now() - position.at < FRESH_MS
  }

  async function read(feeds: string[], signal: AbortSignal): Promise<void> {
    const from = position && { cursor: position.seq, epoch: position.epoch }
    try {
      const onState = (next: StreamState) => {
        tell(next)
        if (next === 'live') begin(feeds)
      }
      const stream = client.stream({ feeds, ...from, signal, onGap: miss, onState })
      for await (const item of stream) {
        // The connection that comes after this one is told it again.
        if (signal.aborted) return
        position = { seq: item.seq, epoch: item.epoch, at: performance.now() }
        for (const feed of Object.keys(item.prev)) hear(feed, item.event)
      }
    } catch {
      if (!signal.aborted) tell('refused')
    }
  }

  function begin(feeds: readonly string[]): void {
    for (const listener of feeds.flatMap((feed) => [...(listeners.get(feed) ?? [])])) {
      if (begun.has(listener)) continue
      begun.add(listener)
      listener.onBegin()
    }
  }

  function hear(feed: string, event: StreamEvent): void {
    for (const listener of listeners.get(feed) ?? []) listener.onEvent(event)
  }

  function miss(_gap: Gap): void {
    for (const ofFeed of listeners.values()) for (const listener of ofFeed) listener.onGap()
  }

  return {
    listen(feed, listener) {
      const known = listeners.get(feed)
      if (known) known.add(listener)
      else listeners.set(feed, new Set([listener]))
      // Also for a feed that is heard already: the next connection tells this listener where it begins.
      reconnect()
      return () => {
        const ofFeed = listeners.get(feed)
        ofFeed?.delete(listener)
        if (ofFeed?.size !== 0) return
        listeners.delete(feed)
        reconnect()
      }
    },
    get state() {
      return state
    },
    onState(changed) {
      watchers.add(changed)
      return () => watchers.delete(changed)
    },
    pause() {
      isPaused = true
      connection?.abort()
      tell('paused')
    },
    resume() {
      isPaused = false
      tell('connecting')
      reconnect()
    },
  }
}
