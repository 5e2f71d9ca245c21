import type { Page, Post, StreamEvent } from '@clawdxcraft/sdk'
import {
  EMPTY_COLUMN,
  counted,
  extended,
  filled,
  idOf,
  interrupted,
  isFull,
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
  setReader(isBeingRead: () => boolean): void
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
/** Pages that bring nothing, after which a column waits to be asked again. */
const EMPTY_PAGES_MAX = 10

/** Hears its feed for as long as somebody has subscribed. */
export function createColumnStore({ source, live, keeps = () => true }: ColumnStoreOptions): ColumnStore {
  const watchers = new Set<() => void>()
  let state: ColumnState = { ...EMPTY_COLUMN, loading: 'first', error: undefined, isComplete: false }
  let isAsking = false
  let cursor: string | undefined
  let isBeingRead = () => false
  let arrived: Post[] = []
  let counts: Counts = new Map()
  let flushing: ReturnType<typeof setTimeout> | undefined
  let asking: ReturnType<typeof setTimeout> | undefined
  let calming: ReturnType<typeof setTimeout> | undefined
  let stopListening: (() => void) | undefined
  let catchUps = 0
  let gaps = 0
  /** How far down each gap has been filled. */
  const gapCursors = new Map<string, string>()
  const rate = { since: 0, count: 0, last: 0 }

  function set(next: Partial<ColumnState>): void {
    state = { ...state, ...next }
    for (const watch of watchers) watch()
  }

  function hear(event: StreamEvent): void {
    if (event.type === 'post.deleted' || event.type === 'post.hidden') drop(event.data.id)
    else if (event.type === 'like.created') count(event.data.post_id, 'like_count', 1)
    else if (event.type === 'like.deleted') count(event.data.post_id, 'like_count', -1)
    else if (event.type === 'post.labelled') label(event.data.id, event.data.label)
    else if (event.type === 'post.created') take(event.data)
  }

  /** Also from among those that have just arrived. */
  function drop(id: string): void {
    arrived = arrived.filter((post) => post.id !== id)
    set(withoutPost(state, id))
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
    const passed = now - rate.since
    // A rush of long ago says nothing about this second.
    const last = passed < 2 * RATE_MS ? rate.count : 0
    if (passed >= RATE_MS) Object.assign(rate, { since: now, last, count: 0 })
    rate.count++
    const sampling = samplingAt(Math.max(rate.last, rate.count))
    if (sampling !== state.sampling) state = { ...state, sampling }
    if (sampling > 1) calming ??= setTimeout(calmDown, 2 * RATE_MS)
    return rate.count % sampling === 0
  }

  /** After a rush it may be long until a post comes that shows that it is over. */
  function calmDown(): void {
    calming = undefined
    if (performance.now() - rate.since >= 2 * RATE_MS) set({ sampling: 1 })
    else calming = setTimeout(calmDown, RATE_MS)
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
    // What comes with that is older, and has its place below.
    if (catchUps > 0) return flushSoon()
    const [posts, changes] = [arrived.toReversed(), counts]
    arrived = []
    counts = new Map()
    // A post is told as it was when it was made: what has happened to it since is counted, too.
    const next = counted(received(state, posts, isBeingRead()), changes)
    if (next !== state) set(next)
  }

  async function load(kind: 'first' | 'older'): Promise<void> {
    if (isAsking) return
    isAsking = true
    set({ loading: kind, error: undefined })
    try {
      const { items, next } = await readKept(cursor).finally(() => {
        isAsking = false
      })
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
      onGap: markGap,
    })
  }

  const isLoaded = () => state.rows.length > 0 || state.isComplete || cursor !== undefined

  /** What was posted since the newest post that is there was read. */
  async function catchUp(): Promise<void> {
    catchUps++
    const page = await source.read().catch(() => undefined)
    catchUps--
    if (!page) return markGap()
    const known = new Set([...state.rows, ...state.waiting].map(idOf))
    if (isApart(page, known)) markGap()
    // Who comes with the page has the counts of now.
    for (const { id } of page.items) if (!known.has(id)) counts.delete(id)
    set(received(state, page.items.filter(keeps), isBeingRead()))
  }

  function markGap(): void {
    set(interrupted(state, String(++gaps), isBeingRead()))
  }

  /** Whether more was posted than one page has. Of a search nobody can tell: a page of it may be short. */
  function isApart({ items, next_cursor: next }: Page<Post>, known: ReadonlySet<string>): boolean {
    if (!source.isWhole || next === null || items.length === 0) return false
    return !items.some(({ id }) => known.has(id))
  }

  /** The next posts that were missing. What is newer than the gap comes first, and is there already. */
  async function fillGap(id: string): Promise<void> {
    for (let pages = 0; pages < EMPTY_PAGES_MAX; pages++) {
      const { items, next } = await readKept(gapCursors.get(id))
      const { length } = state.rows
      set(filled(state, id, items))
      // With nothing below, there is nothing that they could meet.
      if (next === undefined) set(filled(state, id, []))
      else gapCursors.set(id, next)
      const isOpen = state.rows.some((row) => row.kind === 'gap' && row.id === id)
      if (!isOpen || state.rows.length !== length) return
    }
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
        clearTimeout(calming)
        flushing = asking = calming = undefined
      }
    },
    setReader(asks) {
      isBeingRead = asks
    },
    showWaiting: () => set(shown(state)),
    loadOlder: async () => {
      if (!state.isComplete && !isFull(state) && state.error === undefined) await load('older')
    },
    fillGap,
    retry: () => (isLoaded() ? load('older') : begin()),
  }
}
