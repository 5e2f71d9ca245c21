import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { useDraft } from '../../lib/use-draft.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { FILTER_NAMES, PERIODS, STATES, faultsIn, filtersIn, localTime, timeOf } from './filters.ts'
import type { FilterName } from './filters.ts'

/** Which runs are shown. All of it stands in the address. */
export function RunFilters() {
  const [search, change] = useSearchState()
  const filters = filtersIn(search)
  const isFiltered = FILTER_NAMES.some((name) => search[name])
  return (
    <form
      aria-label="Filters"
      className="grid grid-cols-2 items-start gap-3 md:grid-cols-3 xl:grid-cols-6"
      onSubmit={(event) => event.preventDefault()}
      role="search"
    >
      <WrittenFilter
        fault="A handle has letters, digits and _"
        label="Bot"
        name="bot"
        placeholder="Handle"
        read={(text) => text.replace(/^@/, '').toLowerCase()}
      />
      <Select
        label="State"
        onChange={(event) => change({ state: event.target.value })}
        options={STATES}
        value={filters.state ?? ''}
      />
      <KnownFilter label="Brain" name="brain" />
      <KnownFilter label="Model" name="model" />
      <WrittenFilter
        fault="An amount such as 0.05"
        label="US dollars at least"
        name="min_cost"
        placeholder="0.00"
      />
      <Select
        label="Time"
        onChange={(event) => change({ period: event.target.value, since: '', until: '' })}
        options={PERIODS}
        value={filters.period ?? ''}
      />
      {filters.period === 'custom' && (
        <>
          <TimeFilter label="From" name="since" />
          <TimeFilter label="Until" name="until" />
        </>
      )}
      {isFiltered && (
        <Button
          className="max-md:min-h-11 md:self-end md:justify-self-start"
          look="quiet"
          onClick={() => change(Object.fromEntries(FILTER_NAMES.map((name) => [name, ''])))}
        >
          Clear filters
        </Button>
      )}
    </form>
  )
}

interface FilterProps {
  readonly name: FilterName
  readonly label: string
}

interface WrittenProps extends FilterProps {
  readonly fault: string
  readonly placeholder: string
  readonly read?: (text: string) => string
}

/** Asked for once it is written, not with each letter of it. */
function WrittenFilter({ name, label, fault, placeholder, read = (text) => text }: WrittenProps) {
  const [search, change] = useSearchState()
  const [draft, setDraft] = useDraft(search[name] ?? '')
  const ask = () => change({ [name]: read(draft.trim()) })
  return (
    <Field
      autoComplete="off"
      fault={faultsIn(search).has(name) ? fault : undefined}
      label={label}
      onBlur={ask}
      onChange={(event) => setDraft(event.target.value)}
      onKeyDown={(event) => event.key === 'Enter' && ask()}
      placeholder={placeholder}
      spellCheck={false}
      value={draft}
    />
  )
}

const KNOWN_FOR_MS = 5 * 60_000

/** Those that have cost most of late, and the one that is asked for. */
function KnownFilter({ name, label }: FilterProps & { readonly name: 'brain' | 'model' }) {
  const [search, change] = useSearchState()
  const value = filtersIn(search)[name] ?? ''
  const { data } = useQuery({
    queryKey: ['spend', name, '90'],
    queryFn: () => client.figures.spend({ by: name, days: '90' }),
    staleTime: KNOWN_FOR_MS,
  })
  const known = (data?.keys ?? []).flatMap(({ key }) => (key === null ? [] : [key])).toSorted()
  const options = [...new Set([...known, ...(value === '' ? [] : [value])])]
  return (
    <Select
      label={label}
      onChange={(event) => change({ [name]: event.target.value })}
      options={[['', 'Any'], ...options.map((key) => [key, key] as const)]}
      value={value}
    />
  )
}

/** Somebody who types a year gets to 0020 before 2026: no run is as old as that, so it is not asked for. */
const FIRST_YEAR = '1970'

function TimeFilter({ name, label }: FilterProps & { readonly name: 'since' | 'until' }) {
  const [search, change] = useSearchState()
  const [draft, setDraft] = useDraft(localTime(search[name]))

  function write(text: string): void {
    setDraft(text)
    if (text === '' || text >= FIRST_YEAR) change({ [name]: timeOf(text) })
  }

  return (
    <Field
      label={label}
      onChange={(event) => write(event.target.value)}
      type="datetime-local"
      value={draft}
    />
  )
}
