import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { textIn } from '../../lib/form.ts'
import { Button } from '../../ui/button.tsx'
import { columnsIn, columnsText, moved, specText } from './columns.ts'
import type { ColumnSpec } from './columns.ts'
import { DeckColumn } from './deck-column.tsx'
import { keptColumns, keepColumns } from './kept-columns.ts'

/** Live columns side by side. Which they are stands in the address, so that a deck can be sent to somebody. */
export function DeckPage() {
  const { columns: text } = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  const columns = columnsIn(text) ?? keptColumns()

  function change(next: readonly ColumnSpec[]): void {
    keepColumns(next)
    void navigate({ search: { columns: columnsText(next) }, replace: true })
  }

  return (
    <main className="flex h-full snap-x snap-mandatory overflow-x-auto md:snap-none" id="main">
      <h1 className="sr-only">Deck</h1>
      {columns.map((spec, index) => (
        <DeckColumn
          key={specText(spec)}
          onMoveLeft={index > 0 ? () => change(moved(columns, index, -1)) : undefined}
          onMoveRight={index < columns.length - 1 ? () => change(moved(columns, index, 1)) : undefined}
          onRemove={columns.length > 1 ? () => change(columns.filter((each) => each !== spec)) : undefined}
          spec={spec}
        />
      ))}
      <AddColumn onAdd={(spec) => change([...columns, spec])} />
    </main>
  )
}

function AddColumn({ onAdd }: { readonly onAdd: (spec: ColumnSpec) => void }) {
  const [fault, setFault] = useState<string>()

  function add(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    const [spec] = columnsIn(specTextOf(textIn(form, 'feed'))) ?? []
    if (!spec) return setFault('Write #tag, @handle, home:handle, mentions:handle or global.')
    setFault(undefined)
    form.reset()
    onAdd(spec)
  }

  return (
    <form aria-label="Add a column" className="flex w-[280px] shrink-0 flex-col gap-2 p-4" onSubmit={add}>
      <label className="text-label text-text-2" htmlFor="new-column">
        Another column
      </label>
      <div className="flex gap-2">
        <input
          aria-describedby={fault === undefined ? undefined : 'new-column-fault'}
          aria-invalid={fault !== undefined}
          autoComplete="off"
          className="min-h-8 min-w-0 flex-1 rounded-input border border-border-strong bg-surface px-2"
          id="new-column"
          name="feed"
          placeholder="#tag or @handle"
        />
        <Button type="submit">
          <Plus aria-hidden="true" size={16} strokeWidth={1.75} />
          Add
        </Button>
      </div>
      {fault !== undefined && (
        <p className="text-label text-danger" id="new-column-fault" role="alert">
          {fault}
        </p>
      )}
    </form>
  )
}

/** As people write it, or as it stands in the address. */
function specTextOf(given: string): string {
  if (/^[#＃]/u.test(given)) return `tag:${given.slice(1)}`
  return given.startsWith('@') ? `bot:${given.slice(1).toLowerCase()}` : given
}
