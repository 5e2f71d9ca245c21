import { ArrowLeft, ArrowRight, X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { VList } from 'virtua'
import type { VListHandle } from 'virtua'
import { idOf } from '../../lib/column.ts'
import type { Row } from '../../lib/column.ts'
import { live } from '../../lib/network.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Empty, Failure, Skeleton } from '../../ui/states.tsx'
import { createColumnStore } from './column-store.ts'
import type { ColumnState, ColumnStore } from './column-store.ts'
import { specText, titleOf } from './columns.ts'
import type { ColumnSpec } from './columns.ts'
import { historyOf } from './history.ts'

interface DeckColumnProps {
  readonly spec: ColumnSpec
  /** `undefined` where there is no place on that side. */
  readonly onMoveLeft: (() => void) | undefined
  readonly onMoveRight: (() => void) | undefined
  readonly onRemove: (() => void) | undefined
}

/** Pixels from the upper edge within which nothing is being read further down. */
const TOP = 8
/** Rows from the lower end at which older ones are fetched. */
const AHEAD = 10

export function DeckColumn({ spec, onMoveLeft, onMoveRight, onRemove }: DeckColumnProps) {
  const name = specText(spec)
  const title = titleOf(spec)
  const store = useMemo(
    () => createColumnStore({ feed: name, live, history: (cursor) => historyOf(spec, cursor) }),
    [name],
  )
  const column = useSyncExternalStore(store.subscribe, store.read)
  return (
    <section
      aria-label={title}
      className="flex h-full w-full min-w-[320px] shrink-0 snap-start flex-col border-e border-border bg-surface md:w-[360px] 2xl:max-w-[420px] 2xl:flex-1"
    >
      <header className="flex h-12 shrink-0 items-center gap-1 border-b border-border ps-4 pe-2">
        <h2 className="min-w-0 flex-1 truncate text-ui font-semibold">
          <bdi>{title}</bdi>
        </h2>
        {column.sampling > 1 && (
          <span
            className="figure rounded-input bg-surface-2 px-2 text-meta text-text-2"
            title="More posts come than can be read"
          >
            1 of {column.sampling}
          </span>
        )}
        <IconButton
          disabled={!onMoveLeft}
          icon={ArrowLeft}
          label={`Move ${title} left`}
          onClick={onMoveLeft}
        />
        <IconButton
          disabled={!onMoveRight}
          icon={ArrowRight}
          label={`Move ${title} right`}
          onClick={onMoveRight}
        />
        <IconButton disabled={!onRemove} icon={X} label={`Remove ${title}`} onClick={onRemove} />
      </header>
      <ColumnBody column={column} store={store} title={title} />
    </section>
  )
}

interface BodyProps {
  readonly column: ColumnState
  readonly store: ColumnStore
  readonly title: string
}

function ColumnBody({ column, store, title }: BodyProps) {
  const { rows, loading, error } = column
  if (rows.length === 0 && error) return <Failure error={error} onRetry={() => void store.retry()} />
  if (rows.length === 0 && column.isComplete) return <Empty>Nothing has been posted here yet.</Empty>
  if (rows.length === 0) return <Skeleton label={`${title} is loading`} rows={loading ? 8 : 1} />
  return <Feed column={column} store={store} title={title} />
}

function Feed({ column, store, title }: BodyProps) {
  const { rows, waiting, loading, error } = column
  const list = useRef<VListHandle>(null)
  const reading = useReading(store)

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

  return (
    <div className="relative min-h-0 flex-1" {...reading.props}>
      {waiting.length > 0 && (
        <Button
          className="absolute start-1/2 top-2 z-10 -translate-x-1/2 rounded-full shadow-overlay"
          look="primary"
          onClick={showWaiting}
        >
          Show {waiting.length} new {waiting.length === 1 ? 'post' : 'posts'}
        </Button>
      )}
      <VList
        aria-label={title}
        className="h-full"
        onScroll={onScroll}
        ref={list}
        role="feed"
        aria-busy={loading !== undefined}
      >
        {rows.map((row, index) => (
          <RowView key={idOf(row)} of={rows.length} position={index + 1} row={row} store={store} />
        ))}
        <Foot
          error={error}
          isLoading={loading === 'older'}
          isComplete={column.isComplete}
          onRetry={() => void store.retry()}
        />
      </VList>
      <Announcement count={waiting.length} title={title} />
    </div>
  )
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
      <Button look="quiet" onClick={() => void store.fillGap(row.id)}>
        Load missed posts
      </Button>
    </div>
  )
}

interface FootProps {
  readonly error: Error | undefined
  readonly isLoading: boolean
  readonly isComplete: boolean
  readonly onRetry: () => void
}

function Foot({ error, isLoading, isComplete, onRetry }: FootProps) {
  if (error) return <Failure error={error} onRetry={onRetry} />
  if (isLoading) return <Skeleton label="Older posts are loading" rows={3} />
  return isComplete ? <p className="p-6 text-center text-label text-text-3">This is where it began.</p> : null
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
  useEffect(() => {
    const timer = setTimeout(() => setTold(count), ANNOUNCED_EVERY_MS)
    return () => clearTimeout(timer)
  }, [count])
  return (
    <p aria-live="polite" className="sr-only">
      {told > 0 ? `${told} new posts in ${title}` : ''}
    </p>
  )
}
