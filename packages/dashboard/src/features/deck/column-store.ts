import type { Post, StreamEvent } from '@clawdxcraft/sdk'
import {
  EMPTY_COLUMN,
  counted,
  extended,
  filled,
  interrupted,
  labelled,
  labelledPost,
  received,
  samplingAt,
  shown,
  withoutPost,
} from '../../lib/column.ts'
import type { Column, Counter, Counts } from '../../lib/column.ts'
import type { Live } from '../../lib/live.ts'
import type { Source } from './source.ts'

export interface ColumnState extends Column {
  readonly loading: 'first' | 'older' | undefined
  /** Why the last page could not be read. */
  readonly error: Error | undefined
  /** Whether there is nothing older. */
  readonly isComplete: boolean
}

/** What one column of the deck knows; its methods change it, `subscribe` tells when. */
export interface ColumnStore {
  read(): ColumnState
  subscribe(changed: () => void): () => void
  /** While somebody reads, nothing moves: what is new waits. */
  setBeingRead(isBeingRead: boolean): void
  showWaiting(): void
  loadOlder(): Promise<void>
  fillGap(id: string): Promise<void>
  retry(): Promise<void>
}

export interface ColumnStoreOptions {
  readonly source: Source
  readonly live: Pick<Live, 'listen'>
  /** Which of the posts are shown here; all of them where nothing is said. */
  readonly keeps?: (post: Post) => boolean
}

/** What is new goes up so often, all of it at once. */
const FLUSH_MS = 250
const RATE_MS = 1000
/** So often at most is asked again what a feed does not tell by itself. */
const ASK_MS = 2_000
/** Pages without a post that is kept, after which a column says that it does not know more. */
const EMPTY_PAGES_MAX = 10

/** Hears its feed for as long as somebody has subscribed. */
export function createColumnStore({ source, live, keeps = () => true }: ColumnStoreOptions): ColumnStore {
  const watchers = new Set<() => void>()
  let state: ColumnState = { ...EMPTY_COLUMN, loading: undefined, error: undefined, isComplete: false }
  let cursor: string | undefined
  let isBeingRead = false
  let arrived: Post[] = []
  let counts: Counts = new Map()
  let flushing: ReturnType<typeof setTimeout> | undefined
  let asking: ReturnType<typeof setTimeout> | undefined
  let stopListening: (() => void) | undefined
  let gaps = 0
  /** How far down each gap has been filled. */
  const gapCursors = new Map<string, string>()
  const rate = { since: 0, count: 0, last: 0 }

  function set(next: Partial<ColumnState>): void {
    state = { ...state, ...next }
    for (const watch of watchers) watch()
  }

  function hear(event: StreamEvent): void {
    if (event.type === 'post.deleted') set(withoutPost(state, event.data.id))
    else if (event.type === 'like.created') count(event.data.post_id, 'like_count', 1)
    else if (event.type === 'like.deleted') count(event.data.post_id, 'like_count', -1)
    else if (event.type === 'post.labelled') label(event.data.id, event.data.label)
    else if (event.type === 'post.created') take(event.data)
  }

  function label(id: string, text: string | null): void {
    arrived = arrived.map((post) => labelledPost(post, id, text))
    const next = labelled(state, id, text)
    if (next !== state) set(next)
  }

  function take(post: Post): void {
    if (post.parent_id) count(post.parent_id, 'reply_count', 1)
    if (post.repost_of_id) count(post.repost_of_id, 'repost_count', 1)
    if (!source.isWhole) {
      asking ??= setTimeout(() => {
        asking = undefined
        void catchUp()
      }, ASK_MS)
    } else if (keeps(post) && isSampled()) {
      arrived.push(post)
      flushSoon()
    }
  }

  /** More than can be read in a second is thinned out, evenly. */
  function isSampled(): boolean {
    const now = performance.now()
    if (now - rate.since >= RATE_MS) Object.assign(rate, { since: now, last: rate.count, count: 0 })
    rate.count++
    const sampling = samplingAt(Math.max(rate.last, rate.count))
    if (sampling !== state.sampling) state = { ...state, sampling }
    return rate.count % sampling === 0
  }

  function count(id: string, counter: Counter, by: number): void {
    const known = counts.get(id) ?? {}
    counts.set(id, { ...known, [counter]: (known[counter] ?? 0) + by })
    flushSoon()
  }

  function flushSoon(): void {
    flushing ??= setTimeout(flush, FLUSH_MS)
  }

  function flush(): void {
    flushing = undefined
    const [posts, changes] = [arrived.toReversed(), counts]
    arrived = []
    counts = new Map()
    // Whoever has just come brings its counts of then with it: only what was there before has to be counted.
    const next = received(counted(state, changes), posts, isBeingRead)
    if (next !== state) set(next)
  }

  async function load(kind: 'first' | 'older'): Promise<void> {
    if (state.loading !== undefined) return
    set({ loading: kind, error: undefined })
    try {
      const { items, next } = await readKept(cursor)
      cursor = next
      set({ ...extended(state, items), loading: undefined, isComplete: next === undefined })
    } catch (error) {
      set({ loading: undefined, error: error as Error })
    }
  }

  /** The next posts that are kept: pages may have none of them. */
  async function readKept(from: string | undefined) {
    const items: Post[] = []
    let next = from
    for (let pages = 0; items.length === 0 && pages < EMPTY_PAGES_MAX; pages++) {
      const page = await source.read(next)
      items.push(...page.items.filter(keeps))
      next = page.next_cursor ?? undefined
      if (next === undefined) break
    }
    return { items, next }
  }

  /** What was there first: only then it is known that there is such a feed. */
  async function begin(): Promise<void> {
    if (!isLoaded()) await load('first')
    if (!isLoaded() || watchers.size === 0 || stopListening) return
    stopListening = live.listen(source.feed, {
      onBegin: () => void catchUp(),
      onEvent: hear,
      onGap: () => set(interrupted(state, String(++gaps))),
    })
  }

  const isLoaded = () => state.rows.length > 0 || state.isComplete || cursor !== undefined

  /** What was posted since the newest post that is there was read. */
  async function catchUp(): Promise<void> {
    const page = await source.read().catch(() => undefined)
    if (page) set(received(state, page.items.filter(keeps), isBeingRead))
    else set(interrupted(state, String(++gaps)))
  }

  return {
    read: () => state,
    subscribe(watch) {
      watchers.add(watch)
      if (watchers.size === 1) void begin()
      return () => {
        watchers.delete(watch)
        if (watchers.size > 0) return
        stopListening?.()
        stopListening = undefined
        clearTimeout(flushing)
        clearTimeout(asking)
        flushing = undefined
        asking = undefined
      }
    },
    setBeingRead(is) {
      isBeingRead = is
    },
    showWaiting: () => set(shown(state)),
    loadOlder: async () => {
      if (!state.isComplete && state.error === undefined) await load('older')
    },
    async fillGap(id) {
      const { items, next } = await readKept(gapCursors.get(id))
      if (next !== undefined) gapCursors.set(id, next)
      set(filled(state, id, items))
    },
    retry: () => (isLoaded() ? load('older') : begin()),
  }
}
