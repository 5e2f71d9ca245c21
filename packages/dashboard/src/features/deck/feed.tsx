import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react'
import type { Ref } from 'react'
import { VList } from 'virtua'
import type { VListHandle } from 'virtua'
import { idOf } from '../../lib/column.ts'
import type { Row } from '../../lib/column.ts'
import { sayFault } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Failure, Skeleton } from '../../ui/states.tsx'
import type { ColumnState, ColumnStore } from './column-store.ts'

/** What the keyboard does with a column. */
export interface FeedHandle {
  /** Puts the next or the previous post to the upper edge, and the focus on it. */
  step(by: 1 | -1): void
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
  const reading = useReading(store)
  const items = useMemo(() => [...rows, FOOT], [rows])

  function onScroll(offset: number): void {
    reading.scrolled(offset > TOP)
    const last = list.current?.findItemIndex(offset + (list.current?.viewportSize ?? 0)) ?? 0
    if (last >= rows.length - AHEAD) void store.loadOlder()
  }

  function showWaiting(): void {
    store.showWaiting()
    list.current?.scrollToIndex(0)
    reading.scrolled(false)
  }

  // Where all of it can be seen, nobody scrolls to ask for more.
  useEffect(() => {
    const { scrollSize = 0, viewportSize = 0 } = list.current ?? {}
    if (scrollSize <= viewportSize) void store.loadOlder()
  }, [rows.length, store])

  useImperativeHandle(ref, () => ({
    step(by) {
      const index = nextPost(rows, placeOfFocus(box.current), by)
      if (index === undefined) return
      list.current?.scrollToIndex(index, { align: 'start' })
      focusPlace(box.current, index + 1)
    },
    showWaiting,
  }))

  return (
    <div className="relative min-h-0 flex-1" ref={box} {...reading.props}>
      {waiting.length > 0 && (
        <Button
          className="absolute start-1/2 top-2 z-10 -translate-x-1/2 rounded-full shadow-overlay rtl:translate-x-1/2"
          look="primary"
          onClick={showWaiting}
        >
          Show {waiting.length} new {waiting.length === 1 ? 'post' : 'posts'}
        </Button>
      )}
      <VList
        aria-busy={loading !== undefined}
        aria-label={title}
        className="h-full"
        data={items}
        onScroll={onScroll}
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
      <Announcement count={waiting.length} title={title} />
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
  return (
    <div className="border-b border-border bg-surface-2 p-2 text-center">
      <Button look="quiet" onClick={() => void store.fillGap(row.id).catch(sayFault)}>
        Load missed posts
      </Button>
    </div>
  )
}

function Foot({ column, store }: Pick<FeedProps, 'column' | 'store'>) {
  if (column.error) return <Failure error={column.error} onRetry={() => void store.retry()} />
  if (column.loading === 'older') return <Skeleton label="Older posts are loading" rows={3} />
  if (!column.isComplete) return null
  return <p className="p-6 text-center text-label text-text-3">This is where it began.</p>
}

/** Whoever has scrolled down, points at the column or has the focus in it reads: then nothing moves. */
function useReading(store: ColumnStore) {
  const signs = useRef({ scrolled: false, hovered: false, focused: false })
  const note = useCallback(
    (sign: Partial<(typeof signs)['current']>) => {
      Object.assign(signs.current, sign)
      store.setBeingRead(Object.values(signs.current).some(Boolean))
    },
    [store],
  )
  return {
    scrolled: (scrolled: boolean) => note({ scrolled }),
    props: {
      onPointerEnter: () => note({ hovered: true }),
      onPointerLeave: () => note({ hovered: false }),
      onFocus: () => note({ focused: true }),
      onBlur: () => note({ focused: false }),
    },
  }
}

const ANNOUNCED_EVERY_MS = 5_000

/** Tells screen readers how many wait: never each of them, and not more often than can be listened to. */
function Announcement({ count, title }: { readonly count: number; readonly title: string }) {
  const [told, setTold] = useState(0)
  const latest = useRef(count)
  latest.current = count
  useEffect(() => {
    const timer = setInterval(() => setTold(latest.current), ANNOUNCED_EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p aria-live="polite" className="sr-only">
      {told > 0 ? `${told} new posts in ${title}` : ''}
    </p>
  )
}
