import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'

export interface TableColumn<T> {
  readonly title: string
  readonly cell: (row: T) => ReactNode
  /** Set to the right, in figures of one width. */
  readonly isNumber?: boolean
  /** What the rows are sorted by, by this column. */
  readonly sort?: string
}

export interface Sorting {
  readonly by: string
  readonly order: 'asc' | 'desc'
}

interface TableProps<T> {
  /** What is in it; for screen readers. */
  readonly caption: string
  /** The first one names the row. */
  readonly columns: readonly TableColumn<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  readonly sorting?: Sorting
  readonly onSort?: (by: string) => void
}

/** Rows and columns; where there is no room for that, a card for each row. */
export function Table<T>({ caption, columns, rows, keyOf, sorting, onSort }: TableProps<T>) {
  return (
    <div className="overflow-x-auto" role="region" aria-label={caption} tabIndex={0}>
      <table className="w-full border-collapse text-table max-md:block" role="table">
        <caption className="sr-only">{caption}</caption>
        <thead className="max-md:sr-only" role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Heading column={column} key={column.title} onSort={onSort} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody className="max-md:block" role="rowgroup">
          {rows.map((row) => (
            <tr
              className="border-b border-border hover:bg-surface-2 max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:p-3"
              key={keyOf(row)}
              role="row"
            >
              {columns.map((column, index) => (
                <Cell column={column} isName={index === 0} key={column.title} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface CellProps<T> {
  readonly column: TableColumn<T>
  readonly row: T
  readonly isName: boolean
}

function Cell<T>({ column: { title, cell, isNumber = false }, row, isName }: CellProps<T>) {
  const looks = `px-3 py-(--cell-pad) md:first:ps-4 md:last:pe-4 max-md:px-0 max-md:py-1 ${isNumber ? 'figure md:text-end' : ''}`
  if (isName) {
    return (
      <th className={`text-start font-normal max-md:col-span-2 ${looks}`} role="rowheader" scope="row">
        {cell(row)}
      </th>
    )
  }
  return (
    <td className={looks} role="cell">
      <span aria-hidden="true" className="me-2 text-text-3 md:hidden">
        {title}
      </span>
      {cell(row)}
    </td>
  )
}

interface HeadingProps<T> {
  readonly column: TableColumn<T>
  readonly sorting: Sorting | undefined
  readonly onSort: ((by: string) => void) | undefined
}

function Heading<T>({ column: { title, sort, isNumber = false }, sorting, onSort }: HeadingProps<T>) {
  const isSorted = sort !== undefined && sorting?.by === sort
  const Arrow = sorting?.order === 'asc' ? ArrowUp : ArrowDown
  return (
    <th
      aria-sort={isSorted ? (sorting.order === 'asc' ? 'ascending' : 'descending') : undefined}
      className={`border-b border-border px-3 py-2 text-label first:ps-4 last:pe-4 font-medium whitespace-nowrap text-text-2 ${isNumber ? 'text-end' : 'text-start'}`}
      role="columnheader"
      scope="col"
    >
      {sort !== undefined && onSort ? (
        <button
          className="inline-flex min-h-6 items-center gap-1 rounded-input hover:text-text"
          onClick={() => onSort(sort)}
          type="button"
        >
          {title}
          {isSorted && <Arrow aria-hidden="true" size={12} strokeWidth={1.75} />}
        </button>
      ) : (
        title
      )}
    </th>
  )
}
