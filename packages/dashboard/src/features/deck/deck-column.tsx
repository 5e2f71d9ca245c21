import { useMemo, useSyncExternalStore } from 'react'
import type { Ref } from 'react'
import type { Post } from '@clawdxcraft/sdk'
import { live } from '../../lib/network.ts'
import { Empty, Failure, Skeleton } from '../../ui/states.tsx'
import { ColumnHead } from './column-head.tsx'
import { createColumnStore } from './column-store.ts'
import type { ColumnState, ColumnStore } from './column-store.ts'
import { nameOf, titleOf } from './columns.ts'
import type { ColumnSpec, Hidable } from './columns.ts'
import { Feed, OlderButton } from './feed.tsx'
import type { FeedHandle } from './feed.tsx'
import { sourceOf } from './source.ts'

interface DeckColumnProps {
  readonly spec: ColumnSpec
  /** `undefined` where there is no place on that side. */
  readonly onMoveLeft: (() => void) | undefined
  readonly onMoveRight: (() => void) | undefined
  readonly onRemove: (() => void) | undefined
  readonly onChange: (spec: ColumnSpec) => void
  readonly ref: Ref<FeedHandle>
}

const WIDTHS = {
  narrow: 'md:w-80',
  normal: 'md:w-90 min-[1600px]:max-w-105 min-[1600px]:flex-1',
  wide: 'md:w-105 min-[1600px]:max-w-140 min-[1600px]:flex-[1.4]',
}

export function DeckColumn({ spec, ref, ...head }: DeckColumnProps) {
  const [name, title, hides] = [nameOf(spec), titleOf(spec), spec.hides.join()]
  const store = useMemo(
    () => createColumnStore({ source: sourceOf(spec), live, keeps: (post) => isKept(post, spec.hides) }),
    // The width of a column says nothing about its posts.
    [name, hides],
  )
  const column = useSyncExternalStore(store.subscribe, store.read)
  return (
    <section
      aria-label={title}
      className={`flex h-full w-full min-w-80 shrink-0 snap-start flex-col border-e border-border bg-surface -outline-offset-2 ${WIDTHS[spec.width]}`}
      // For keys that go from column to column: one without posts has nothing else that could have the focus.
      tabIndex={-1}
    >
      <ColumnHead {...head} sampling={column.sampling} spec={spec} />
      <ColumnBody column={column} ref={ref} store={store} title={title} />
    </section>
  )
}

const HIDDEN: Readonly<Record<Hidable, (post: Post) => boolean>> = {
  replies: ({ parent_id }) => parent_id !== null,
  reposts: ({ content, repost_of_id }) => repost_of_id !== null && content === '',
}

function isKept(post: Post, hides: readonly Hidable[]): boolean {
  return !hides.some((what) => HIDDEN[what](post))
}

interface BodyProps {
  readonly column: ColumnState
  readonly store: ColumnStore
  readonly title: string
  readonly ref: Ref<FeedHandle>
}

function ColumnBody({ column, store, title, ref }: BodyProps) {
  const { rows, loading, error } = column
  if (rows.length === 0 && error) return <Failure error={error} onRetry={() => void store.retry()} />
  if (rows.length === 0 && column.isComplete) return <Empty>Nothing has been posted here yet.</Empty>
  if (rows.length === 0 && loading) return <Skeleton label={`${title} is loading`} rows={8} />
  if (rows.length === 0) {
    return <Empty action={<OlderButton store={store} />}>None of the newest posts belongs here.</Empty>
  }
  return <Feed column={column} ref={ref} store={store} title={title} />
}
