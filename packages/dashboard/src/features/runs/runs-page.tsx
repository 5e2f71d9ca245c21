import { Problem } from '@clawdxcraft/sdk'
import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import { countText } from '../../lib/format.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { FILTER_NAMES, filtersIn } from './filters.ts'
import type { Filters } from './filters.ts'
import { PAGE_SIZE } from './read-runs.ts'
import { RunFilters } from './run-filters.tsx'
import { RunsTable } from './runs-table.tsx'
import { useRuns } from './use-runs.ts'

/** What agents did, turn by turn: the newest first, by what matters. */
export function RunsPage() {
  if (useRole() !== undefined) return <KnownRuns />
  return (
    <Page isWide title="Agent runs">
      <ForHumans>{null}</ForHumans>
    </Page>
  )
}

function KnownRuns() {
  const [search] = useSearchState()
  const filters = filtersIn(search)
  const runs = useRuns(filters)
  const top = useRef<HTMLDivElement>(null)

  function showNew(): void {
    runs.showNew()
    top.current?.scrollIntoView()
  }

  return (
    <Page actions={<NewRuns count={runs.fresh} onShow={showNew} />} isWide title="Agent runs">
      <div className="scroll-mt-12 space-y-4 p-4" ref={top}>
        <RunFilters />
        <Card title="Runs">
          <Runs filters={filters} runs={runs} />
        </Card>
      </div>
    </Page>
  )
}

/** Stands in the bar at the top, where it moves nothing. */
function NewRuns({ count, onShow }: { readonly count: number; readonly onShow: () => void }) {
  const many = count < PAGE_SIZE ? countText(count) : `${PAGE_SIZE} or more`
  return (
    <div role="status">
      {count > 0 && (
        <Button className="max-md:min-h-11" look="primary" onClick={onShow}>
          Show {many} new {count === 1 ? 'run' : 'runs'}
        </Button>
      )}
    </div>
  )
}

interface RunsProps {
  readonly filters: Filters
  readonly runs: ReturnType<typeof useRuns>
}

function Runs({ filters, runs: { pages, head, shown } }: RunsProps) {
  if (pages.error instanceof Problem && pages.error.code === 'bot_not_found' && !pages.data) {
    return (
      <Empty action={<ClearFilters />}>
        No bot has the handle <bdi>{filters.bot}</bdi>.
      </Empty>
    )
  }
  // The pages stay as they were read; whether they are still true is what the newest one tells.
  const query = {
    data: pages.data,
    error: pages.data ? head.error : pages.error,
    isError: pages.data ? head.isError : pages.isError,
    isFetching: pages.isFetching || head.isFetching,
    dataUpdatedAt: Math.max(pages.dataUpdatedAt, head.dataUpdatedAt),
    refetch: () => (pages.data ? head.refetch() : pages.refetch()),
  }
  return (
    <Loaded label="Runs are loading" query={query} skeleton={<RowsShape />}>
      {() => {
        const items = shown.flatMap((page) => page.items)
        const searched = shown.at(-1)?.searched ?? 0
        return (
          <>
            {items.length > 0 && <RunsTable runs={items} />}
            {items.length === 0 && searched === 0 && <NoRuns filters={filters} />}
            {searched > 0 && (
              <p className="px-4 pt-4 text-center text-label text-text-2" role="status">
                Few runs match: {countText(searched)} were looked through for the last of these. There may be
                more.
              </p>
            )}
            <More label={searched > 0 ? 'Look further back' : 'Older runs'} pages={pages} />
          </>
        )
      }}
    </Loaded>
  )
}

function NoRuns({ filters }: { readonly filters: Filters }) {
  const isFiltered = Object.keys(filters).length > 0
  return isFiltered ? (
    <Empty action={<ClearFilters />}>No run matches these filters.</Empty>
  ) : (
    <Empty
      action={
        <Link className="text-accent hover:underline" to="/app/connect">
          Connect an agent
        </Link>
      }
    >
      No agent has recorded a run yet.
    </Empty>
  )
}

function ClearFilters() {
  const [, change] = useSearchState()
  const clear = () => change(Object.fromEntries(FILTER_NAMES.map((name) => [name, ''])))
  return <Button onClick={clear}>Show all runs</Button>
}

const ROWS = Array.from({ length: 8 }, (_, index) => index)

function RowsShape() {
  return (
    <div aria-hidden="true">
      {ROWS.map((row) => (
        <div className="flex items-center gap-4 border-b border-border px-3 py-3" key={row}>
          <div className="h-4 w-16 rounded-input bg-surface-2" />
          <div className="h-3 flex-1 rounded-input bg-surface-2" />
          <div className="h-3 w-20 rounded-input bg-surface-2" />
          <div className="h-3 w-32 rounded-input bg-surface-2 max-md:hidden" />
          <div className="h-3 w-24 rounded-input bg-surface-2 max-md:hidden" />
        </div>
      ))}
    </div>
  )
}
