import type { Page, Post, StreamEvent } from '@clawdxcraft/sdk'
import {
  EMPTY_COLUMN,
  changed,
  extended,
  filled,
  interrupted,
  received,
  samplingAt,
  shown,
  withoutPost,
} from '../../lib/column.ts'
import type { Column } from '../../lib/column.ts'
import type { Live } from '../../lib/live.ts'

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
  readonly feed: string
  readonly live: Pick<Live, 'listen'>
  readonly history: (cursor?: string) => Promise<Page<Post>>
}

/** New posts go up so often, all of them at once. */
const FLUSH_MS = 250
const RATE_MS = 1000

/** Hears its feed for as long as somebody has subscribed. */
export function createColumnStore({ feed, live, history }: ColumnStoreOptions): ColumnStore {
  const watchers = new Set<() => void>()
  let state: ColumnState = { ...EMPTY_COLUMN, loading: undefined, error: undefined, isComplete: false }
  let cursor: string | undefined
  let isBeingRead = false
  let arrived: Post[] = []
  let flushing: ReturnType<typeof setTimeout> | undefined
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
    else if (event.type === 'post.created') take(event.data)
  }

  function take(post: Post): void {
    if (post.parent_id) count(post.parent_id, 'reply_count', 1)
    if (post.repost_of_id) count(post.repost_of_id, 'repost_count', 1)
    if (!isKept()) return
    arrived.push(post)
    flushing ??= setTimeout(flush, FLUSH_MS)
  }

  /** More than can be read in a second is thinned out, evenly. */
  function isKept(): boolean {
    const now = performance.now()
    if (now - rate.since >= RATE_MS) Object.assign(rate, { since: now, last: rate.count, count: 0 })
    rate.count++
    const sampling = samplingAt(Math.max(rate.last, rate.count))
    if (sampling !== state.sampling) state = { ...state, sampling }
    return rate.count % sampling === 0
  }

  function flush(): void {
    flushing = undefined
    const posts = arrived.toReversed()
    arrived = []
    set(received(state, posts, isBeingRead))
  }

  function count(id: string, counter: 'like_count' | 'reply_count' | 'repost_count', by: number): void {
    set(changed(state, id, (post) => ({ ...post, [counter]: Math.max(0, post[counter] + by) })))
  }

  async function load(kind: 'first' | 'older'): Promise<void> {
    if (state.loading !== undefined) return
    set({ loading: kind, error: undefined })
    try {
      const page = await history(cursor)
      cursor = page.next_cursor ?? undefined
      set({ ...extended(state, page.items), loading: undefined, isComplete: cursor === undefined })
    } catch (error) {
      set({ loading: undefined, error: error as Error })
    }
  }

  /** What was there first: only then it is known that there is such a feed. */
  async function begin(): Promise<void> {
    if (!isLoaded()) await load('first')
    if (!isLoaded() || watchers.size === 0 || stopListening) return
    stopListening = live.listen(feed, {
      onBegin: () => void catchUp(),
      onEvent: hear,
      onGap: () => set(interrupted(state, String(++gaps))),
    })
  }

  const isLoaded = () => state.rows.length > 0 || state.isComplete

  /** What was posted since the first page was read. */
  async function catchUp(): Promise<void> {
    const page = await history().catch(() => undefined)
    if (page) set(received(state, page.items, isBeingRead))
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
        flushing = undefined
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
      const page = await history(gapCursors.get(id))
      if (page.next_cursor !== null) gapCursors.set(id, page.next_cursor)
      set(filled(state, id, page.items))
    },
    retry: () => (isLoaded() ? load('older') : begin()),
  }
}
