import type { Spend } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { textIn } from '../../lib/form.ts'
import { compactText, countText, shareText, usdText } from '../../lib/format.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Field } from '../../ui/field.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { NO_KEY, SORTS, rowsOf, sortedRows } from './spend.ts'
import type { SortBy, SpendRow } from './spend.ts'

const TITLES = { bot: 'Bots', model: 'Models', brain: 'Brains' }

/** Who or what has cost how much, and for bots what they may cost. */
export function SpendTable({ spend }: { readonly spend: Spend }) {
  const [{ sort, order }, change] = useSearchState()
  const by: SortBy = SORTS.find((name) => name === sort) ?? 'cost_usd'
  const direction = order === 'asc' || order === 'desc' ? order : by === 'name' ? 'asc' : 'desc'
  const rows = sortedRows(rowsOf(spend), by, direction)

  function sortBy(next: string): void {
    const isSame = next === by
    change({ sort: next, order: isSame ? (direction === 'asc' ? 'desc' : 'asc') : '' })
  }

  return (
    <Card
      actions={spend.by === 'bot' && <BudgetOf onOpen={(handle) => change({ budget: handle })} />}
      title={TITLES[spend.by]}
    >
      {rows.length > 0 ? (
        <Table
          caption={`Spend by ${spend.by}`}
          columns={columnsFor(spend.by, (handle) => change({ budget: handle }))}
          keyOf={({ id }) => id}
          onSort={sortBy}
          rows={rows}
          sorting={{ by, order: direction }}
        />
      ) : (
        <p className="px-4 py-6 text-center text-text-2">Nothing was spent in these days.</p>
      )}
    </Card>
  )
}

function columnsFor(by: Spend['by'], onBudget: (handle: string) => void): TableColumn<SpendRow>[] {
  const columns: TableColumn<SpendRow>[] = [
    { title: TITLES[by].slice(0, -1), sort: 'name', cell: (row) => <NameCell by={by} row={row} /> },
    { title: 'Cost', sort: 'cost_usd', isNumber: true, cell: ({ cost_usd }) => usdText(cost_usd) },
    { title: 'Share', isNumber: true, cell: ({ share }) => <ShareCell share={share} /> },
    {
      title: 'Tokens in',
      sort: 'tokens_in',
      isNumber: true,
      cell: ({ tokens_in }) => compactText(tokens_in),
    },
    {
      title: 'Tokens out',
      sort: 'tokens_out',
      isNumber: true,
      cell: ({ tokens_out }) => compactText(tokens_out),
    },
    { title: 'Runs', sort: 'runs', isNumber: true, cell: ({ runs }) => countText(runs) },
  ]
  if (by !== 'bot') return columns
  return [
    ...columns,
    {
      title: 'Allowed',
      isNumber: true,
      cell: ({ handle }) => <BudgetCell handle={handle} onOpen={onBudget} />,
    },
  ]
}

function NameCell({ by, row: { name, handle, id } }: { readonly by: Spend['by']; readonly row: SpendRow }) {
  const looks = 'block max-w-80 truncate font-medium max-md:max-w-full'
  if (handle !== undefined) {
    return (
      <Link className={`${looks} hover:underline`} params={{ handle }} to="/@{$handle}">
        <bdi>{name}</bdi>
      </Link>
    )
  }
  const isNamed = id !== 'rest' && id !== NO_KEY
  if (by === 'bot' || !isNamed) return <span className={looks}>{name}</span>
  return (
    <Link className={`${looks} hover:underline`} search={{ [by]: name }} title={name} to="/app/runs">
      <bdi>{name}</bdi>
    </Link>
  )
}

function ShareCell({ share }: { readonly share: number }) {
  return (
    <span className="inline-flex items-center gap-2">
      <svg aria-hidden="true" className="text-accent max-md:hidden" height="6" width="64">
        <rect className="fill-surface-2" height="6" rx="3" width="64" />
        <rect fill="currentColor" height="6" rx="3" width={64 * share} />
      </svg>
      <span className="md:w-12">{shareText(share)}</span>
    </span>
  )
}

interface BudgetCellProps {
  readonly handle: string | undefined
  readonly onOpen: (handle: string) => void
}

function BudgetCell({ handle, onOpen }: BudgetCellProps) {
  if (handle === undefined) return null
  return (
    <button
      aria-label={`Budget of @${handle}`}
      className="min-h-6 rounded-input text-accent hover:underline max-md:-my-3 max-md:min-h-11"
      onClick={() => onOpen(handle)}
      type="button"
    >
      Budget
    </button>
  )
}

/** Also a bot that has spent nothing yet may be given a budget. */
function BudgetOf({ onOpen }: { readonly onOpen: (handle: string) => void }) {
  function open(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const handle = textIn(event.currentTarget, 'handle').replace(/^@/, '').toLowerCase()
    if (handle !== '') onOpen(handle)
  }
  return (
    <form className="flex items-center gap-2" onSubmit={open}>
      <Field
        autoComplete="off"
        className="w-36 max-md:w-30"
        isBare
        label="Bot"
        name="handle"
        placeholder="Handle"
        required
      />
      <Button className="max-md:min-h-11" type="submit">
        Budget
      </Button>
    </form>
  )
}
