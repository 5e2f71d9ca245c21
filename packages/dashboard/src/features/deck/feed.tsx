import { useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react'
import type { Ref, RefObject } from 'react'
import { VList } from 'virtua'
import type { VListHandle } from 'virtua'
import { idOf, isFull } from '../../lib/column.ts'
import type { Row } from '../../lib/column.ts'
import { sayFault } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { NewPostsAnnouncement, newPostsText } from '../../ui/new-posts.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Failure, Skeleton } from '../../ui/states.tsx'
import type { ColumnState, ColumnStore } from './column-store.ts'

/** What the keyboard does with a column. */
export interface FeedHandle {
  /** Puts the next or the previous post to the upper edge, and the focus on it. */
  step(by: 1 | -1): void
  /** Puts the focus on the first post that can be seen. */
  enter(): void
  showWaiting(): void
}

interface FeedProps {
  readonly column: ColumnState
  readonly store: ColumnStore
  readonly title: string
  readonly ref: Ref<FeedHandle>
}

/** Pixels from the upper edge within which nothing is being read further down. */
const TOP = 8
/** Rows from the lower end at which older ones are fetched. */
const AHEAD = 10
const FOOT = { kind: 'foot' } as const

/** The posts of a column, of which there are only as many on the page as can be seen. */
export function Feed({ column, store, title, ref }: FeedProps) {
  const { rows, waiting, loading } = column
  const list = useRef<VListHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const pointing = useReading(store, list, box)
  const items = useMemo(() => [...rows, FOOT], [rows])
  const waitingPosts = waiting.filter(({ kind }) => kind === 'post').length

  function loadAhead(): void {
    const { current } = list
    const last = current ? current.findItemIndex(current.scrollOffset + current.viewportSize) : 0
    if (last >= rows.length - AHEAD) void store.loadOlder()
  }

  function showWaiting(): void {
    const isByKeys = box.current?.querySelector(':focus-visible') !== null
    const first = nextPost([...waiting, ...rows], -1, 1)
    store.showWaiting()
    list.current?.scrollToIndex(0)
    // Not before the new posts are on the page: until then another post has that place.
    if (isByKeys && first !== undefined) requestAnimationFrame(() => focusPlace(box.current, first + 1))
  }

  function goTo(index: number | undefined): void {
    if (index === undefined) return
    list.current?.scrollToIndex(index, { align: 'start' })
    focusPlace(box.current, index + 1)
  }

  // Whoever sees all of it, or was at the end before something came, does not scroll to ask for more.
  useEffect(loadAhead, [rows.length, loading, store])

  useImperativeHandle(ref, () => ({
    step: (by) => goTo(nextPost(rows, placeOfFocus(box.current), by)),
    enter() {
      const { current } = list
      const top = current ? current.findItemIndex(current.scrollOffset) : 0
      goTo(nextPost(rows, top - 1, 1))
    },
    showWaiting,
  }))

  return (
    <div className="relative min-h-0 flex-1" ref={box} {...pointing}>
      {waiting.length > 0 && (
        <Button
          className="absolute start-1/2 top-2 z-10 -translate-x-1/2 rounded-full shadow-overlay rtl:translate-x-1/2"
          look="primary"
          onClick={showWaiting}
        >
          {waitingPosts > 0 ? `Show ${newPostsText(waitingPosts)}` : 'Show where posts are missing'}
        </Button>
      )}
      <VList
        aria-busy={loading !== undefined}
        aria-label={title}
        className="h-full"
        data={items}
        onScroll={loadAhead}
        ref={list}
        role="feed"
      >
        {(item, index) =>
          item.kind === 'foot' ? (
            <Foot column={column} key="foot" store={store} />
          ) : (
            <RowView key={idOf(item)} of={rows.length} position={index + 1} row={item} store={store} />
          )
        }
      </VList>
      <NewPostsAnnouncement count={waitingPosts} where={`in ${title}`} />
    </div>
  )
}

/** Where the focus is among the posts, from 0 on; before all of them where it is elsewhere. */
function placeOfFocus(box: HTMLElement | null): number {
  const article = document.activeElement?.closest('[aria-posinset]')
  return article && box?.contains(article) ? Number(article.getAttribute('aria-posinset')) - 1 : -1
}

function nextPost(rows: readonly Row[], from: number, by: 1 | -1): number | undefined {
  for (let index = from + by; index >= 0 && index < rows.length; index += by) {
    if (rows[index]?.kind === 'post') return index
  }
  return undefined
}

const FRAMES_MAX = 30

/** Once the list has put it on the page, which takes a frame or two. */
function focusPlace(box: HTMLElement | null, position: number, frames = 0): void {
  const article = box?.querySelector<HTMLElement>(`[aria-posinset="${position}"]`)
  if (article) article.focus({ preventScroll: true })
  else if (frames < FRAMES_MAX) requestAnimationFrame(() => focusPlace(box, position, frames + 1))
}

interface RowProps {
  readonly row: Row
  readonly position: number
  readonly of: number
  readonly store: ColumnStore
}

function RowView({ row, position, of, store }: RowProps) {
  if (row.kind === 'post')
    return <PostArticle isFresh={position === 1} place={{ position, of }} post={row.post} />
  return <GapView id={row.id} store={store} />
}

function GapView({ id, store }: { readonly id: string; readonly store: ColumnStore }) {
  const [isFilling, setFilling] = useState(false)

  function fill(): void {
    setFilling(true)
    void store
      .fillGap(id)
      .catch(sayFault)
      .finally(() => setFilling(false))
  }

  return (
    <div className="border-b border-border bg-surface-2 p-2 text-center">
      <Button disabled={isFilling} look="quiet" onClick={fill}>
        {isFilling ? 'Loading …' : 'Load missed posts'}
      </Button>
    </div>
  )
}

function Foot({ column, store }: Pick<FeedProps, 'column' | 'store'>) {
  if (column.error) return <Failure error={column.error} onRetry={() => void store.retry()} />
  if (column.loading === 'older') return <Skeleton label="Older posts are loading" rows={3} />
  if (!column.isComplete && !isFull(column)) return <OlderButton store={store} />
  return (
    <p className="p-6 text-center text-label text-text-3">
      {column.isComplete ? 'This is where it began.' : 'There is no room for older posts here.'}
    </p>
  )
}

/** Where scrolling alone brings nothing: all of the last pages may have been of posts that are not shown here. */
export function OlderButton({ store }: { readonly store: ColumnStore }) {
  return (
    <div className="p-4 text-center">
      <Button onClick={() => void store.loadOlder()}>Older posts</Button>
    </div>
  )
}

/**
 * Whoever has scrolled down, points at the column or has the focus in it reads: then nothing moves. Looked at when something
 * comes, as no event tells that what had the focus has left the page.
 */
function useReading(
  store: ColumnStore,
  list: RefObject<VListHandle | null>,
  box: RefObject<HTMLElement | null>,
) {
  const isPointedAt = useRef(false)
  useEffect(() => {
    store.setReader(
      () =>
        isPointedAt.current ||
        (list.current?.scrollOffset ?? 0) > TOP ||
        box.current?.contains(document.activeElement) === true,
    )
  }, [store, list, box])
  return {
    onPointerEnter: () => {
      isPointedAt.current = true
    },
    onPointerLeave: () => {
      isPointedAt.current = false
    },
  }
}
