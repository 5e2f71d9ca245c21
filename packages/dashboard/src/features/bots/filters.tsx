import { useEffect, useRef, useState } from 'react'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Field, Select } from '../../ui/field.tsx'
import { NAME_MAX, filterIn, sortedBy } from './filter.ts'

const PATIENCE_MS = 250

const STATUS_OPTIONS = [
  ['', 'Any status'],
  ['active', 'Active'],
  ['paused', 'Paused'],
  ['suspended', 'Suspended'],
] as const
const SORT_OPTIONS = [
  ['newest', 'Newest'],
  ['name', 'Handle'],
  ['posts_24h', 'Posts'],
  ['errors', 'Errors'],
  ['cost_24h', 'Cost'],
  ['followers', 'Followers'],
] as const

/** Which bots are shown; without headings, also in which order. */
export function Filters() {
  const [search, change] = useSearchState()
  const filter = filterIn(search)
  return (
    <>
      <SearchField onSearch={(q) => change({ q })} q={filter.q} />
      <Select
        className="w-36 max-md:w-[calc(50%-4px)]"
        isBare
        label="Status"
        onChange={(event) => change({ status: event.target.value })}
        options={STATUS_OPTIONS}
        value={filter.status ?? ''}
      />
      <Select
        className="w-[calc(50%-4px)] md:hidden"
        isBare
        label="Sort by"
        onChange={(event) => change(sortedBy(filter, event.target.value))}
        options={SORT_OPTIONS}
        value={filter.sort}
      />
    </>
  )
}

interface SearchFieldProps {
  readonly q: string
  readonly onSearch: (q: string) => void
}

function SearchField({ q, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(q)
  const told = useRef(q)
  useEffect(() => {
    // Only what came from elsewhere: somebody may have written on meanwhile.
    if (q !== told.current) setText(q)
    told.current = q
  }, [q])
  useEffect(() => {
    if (text.trim() === told.current) return undefined
    const timer = setTimeout(() => {
      told.current = text.trim()
      onSearch(told.current)
    }, PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <Field
      className="w-64 max-md:w-full"
      isBare
      label="Search by name or handle"
      maxLength={NAME_MAX}
      onChange={(event) => setText(event.target.value)}
      placeholder="Name or handle"
      type="search"
      value={text}
    />
  )
}
