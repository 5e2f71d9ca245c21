import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { say } from '../../lib/toast.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { useTitle } from '../../lib/use-title.ts'
import { AddColumn } from './add-column.tsx'
import { columnsIn, columnsText, moved, nameOf, plainColumn, titleOf, withColumn } from './columns.ts'
import type { ColumnSpec } from './columns.ts'
import { DeckColumn } from './deck-column.tsx'
import type { FeedHandle } from './feed.tsx'
import { firstColumns } from './first-columns.ts'
import { keepColumns, keptColumns } from './kept-columns.ts'
import { useDeckKeys } from './use-deck-keys.ts'

/** Live columns side by side. Which they are stands in the address, so that a deck can be sent to somebody. */
export function DeckPage() {
  const [search, setSearch] = useSearchState()
  const navigate = useNavigate()
  const columns = useColumns(search['columns'])
  const feeds = useRef(new Map<string, FeedHandle>())
  useTitle('Deck')
  useDeckKeys(feeds, columns)

  function change(next: readonly ColumnSpec[]): void {
    keepColumns(next)
    setSearch({ columns: columnsText(next), add: undefined })
  }

  function add(spec: ColumnSpec): void {
    const next = withColumn(columns ?? [], spec)
    change(next)
    const gone = columns?.find((each) => !next.includes(each))
    if (gone) say(`${titleOf(gone)} made room for ${titleOf(spec)}`, () => putBack(gone, next.length - 1))
  }

  function remove(index: number): void {
    const spec = columns?.[index]
    if (!columns || !spec) return
    change(columns.toSpliced(index, 1))
    say(`${titleOf(spec)} is removed`, () => putBack(spec, index))
  }

  /** Into the deck as it is by then, wherever whoever takes it back is by then. */
  function putBack(spec: ColumnSpec, index: number): void {
    const now = keptColumns() ?? []
    if (now.some((each) => nameOf(each) === nameOf(spec))) return
    const all = columnsIn(columnsText(now.toSpliced(index, 0, spec))) ?? now
    keepColumns(all)
    void navigate({ to: '/', search: { columns: columnsText(all) } })
  }

  // Other pages lead here with one column more: `/?add=tag:rust`.
  const [added] = columnsIn(search['add']) ?? []
  useEffect(() => {
    if (added && columns) add(added)
    // Whoever copies the address sends this deck, also where nobody has chosen it.
    else if (columns && search['columns'] === undefined) setSearch({ columns: columnsText(columns) })
  }, [search['add'], search['columns'], columns === undefined])

  return (
    <main className="flex h-full snap-x snap-mandatory overflow-x-auto md:snap-none" id="main">
      <h1 className="sr-only">Deck</h1>
      {columns?.map((spec, index) => (
        <DeckColumn
          key={nameOf(spec)}
          onChange={(changed) => change(columns.with(index, changed))}
          onMoveLeft={index > 0 ? () => change(moved(columns, index, -1)) : undefined}
          onMoveRight={index < columns.length - 1 ? () => change(moved(columns, index, 1)) : undefined}
          onRemove={columns.length > 1 ? () => remove(index) : undefined}
          ref={(feed) => {
            if (feed) feeds.current.set(nameOf(spec), feed)
            else feeds.current.delete(nameOf(spec))
          }}
          spec={spec}
        />
      ))}
      {columns && <AddColumn columns={columns} onAdd={add} />}
    </main>
  )
}

/** Those of the address, or those that were last looked at here, or what is talked about now. */
function useColumns(text: string | undefined): readonly ColumnSpec[] | undefined {
  const chosen = columnsIn(text) ?? keptColumns()
  const first = useQuery({
    queryKey: ['first columns'],
    queryFn: firstColumns,
    enabled: chosen === undefined,
    staleTime: Infinity,
  })
  if (chosen) return chosen
  return first.isError ? [plainColumn('global')] : first.data
}
