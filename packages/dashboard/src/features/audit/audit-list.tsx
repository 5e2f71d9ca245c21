import type { AuditEntry } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { exactText } from '../../lib/time.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import type { SearchState } from '../../lib/use-search-state.ts'
import { useSteadyList } from '../../lib/use-steady-list.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { AboutLink, WhoName } from './about.tsx'
import { ACTION_WORDS } from './actions.ts'
import { EntrySheet } from './entry-sheet.tsx'
import { summaryOf } from './entry.ts'
import { NO_FILTERS, isFiltered, queryOf } from './filters.ts'
import type { Filters } from './filters.ts'

const NEWEST_MAX = 100

/** The entries that were looked for, the newest first. */
export function AuditList({ filters }: { readonly filters: Filters }) {
  const [search, change] = useSearchState()
  const read = (limit: number, cursor?: string) =>
    client.audit.list({ limit: String(limit), ...queryOf(filters, Date.now()), ...(cursor && { cursor }) })
  const name = JSON.stringify(filters)
  const newest = useQuery({
    queryKey: ['audit newest', name],
    queryFn: () => read(NEWEST_MAX),
    refetchInterval: 15_000,
  })
  const { query, pages, freshCount, showFresh } = useSteadyList<AuditEntry>({
    name: ['audit', name],
    read: (cursor) => read(50, cursor),
    newest,
  })
  return (
    <Card
      actions={
        <span aria-live="polite" className="flex">
          {freshCount > 0 && (
            <Button className="text-accent" look="quiet" onClick={showFresh}>
              {freshText(freshCount)}
            </Button>
          )}
        </span>
      }
      title="Entries"
    >
      <Loaded label="Entries are loading" query={query} rows={8}>
        {(entries) =>
          entries.length === 0 ? (
            <Nothing isFiltered={isFiltered(filters)} />
          ) : (
            <Table
              caption="Entries of the audit log"
              columns={columnsFor(change)}
              keyOf={({ id }) => id}
              rows={entries}
            />
          )
        }
      </Loaded>
      {pages.data && <More label="Older entries" pages={pages} />}
      {search['entry'] !== undefined && (
        <EntrySheet
          entry={query.data?.find(({ id }) => id === search['entry'])}
          filters={filters}
          id={search['entry']}
          key={search['entry']}
        />
      )}
    </Card>
  )
}

function freshText(count: number): string {
  if (count >= NEWEST_MAX) return `${NEWEST_MAX}+ new entries`
  return `${count} new ${count === 1 ? 'entry' : 'entries'}`
}

function Nothing({ isFiltered: isNarrow }: { readonly isFiltered: boolean }) {
  const [, change] = useSearchState()
  return isNarrow ? (
    <Empty action={<Button onClick={() => change(NO_FILTERS)}>Clear the filters</Button>}>
      Nothing in the log is like that.
    </Empty>
  ) : (
    <Empty>Nothing was written on this network yet.</Empty>
  )
}

const short = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function columnsFor(change: (next: SearchState) => void): readonly TableColumn<AuditEntry>[] {
  return [
    {
      title: 'Time',
      cell: ({ id, timestamp, action }) => (
        <button
          aria-label={`${short.format(Date.parse(timestamp))}, ${ACTION_WORDS[action]}`}
          className="min-h-6 rounded-input whitespace-nowrap text-accent hover:underline max-md:min-h-11"
          onClick={() => change({ entry: id })}
          type="button"
        >
          <time dateTime={timestamp} title={exactText(Date.parse(timestamp))}>
            {short.format(Date.parse(timestamp))}
          </time>
        </button>
      ),
    },
    { title: 'Who', cell: (entry) => <WhoName entry={entry} /> },
    {
      title: 'What',
      cell: ({ action }) => (
        <span className="font-medium md:whitespace-nowrap">{ACTION_WORDS[action] ?? action}</span>
      ),
    },
    { title: 'About', cell: (entry) => <AboutLink entry={entry} /> },
    {
      title: 'Summary',
      cell: (entry) => (
        <bdi className="line-clamp-2 text-text-2 md:line-clamp-1 md:max-w-100" title={summaryOf(entry)}>
          {summaryOf(entry)}
        </bdi>
      ),
    },
  ]
}
