import type { BotFigures } from '@clawdxcraft/protocol'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download, Plus } from 'lucide-react'
import { BOT_FIGURES } from '../../lib/bot-status.ts'
import { countText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSteadyOrder } from '../../lib/use-steady-order.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { BotsTable } from './bots-table.tsx'
import { csvOf, download } from './csv.ts'
import { filterIn, queryOf, sortedBy } from './filter.ts'
import type { BotsFilter } from './filter.ts'
import { Filters } from './filters.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { useSelection } from './use-selection.ts'

const PAGE = '50'
const AGAIN_MS = 15_000

/** All bots: what they do and cost, and who of them may go on. */
export function BotsPage() {
  const role = useRole()
  return (
    <Page actions={role === 'admin' && <RegisterLink look="bar" />} isWide title="Bots">
      <ForHumans>
        <Bots isAdmin={role === 'admin'} />
      </ForHumans>
    </Page>
  )
}

function Bots({ isAdmin }: { readonly isAdmin: boolean }) {
  const [search, change] = useSearchState()
  const filter = filterIn(search)
  const pages = useBotPages(filter)
  const { ordered: bots, around } = useSteadyOrder({
    items: pages.data?.pages.flatMap(({ items }) => items) ?? [],
    keyOf: ({ id }) => id,
    name: `${JSON.stringify(filter)} ${pages.isPlaceholderData}`,
  })
  const selection = useSelection(bots.map(({ handle }) => handle))
  const isSelecting = isAdmin && bots.length > 0
  return (
    <div className="p-4 max-md:p-2">
      <div className="rounded-card border border-border bg-surface">
        <div className="z-5 rounded-t-card md:sticky md:top-12 border-b border-border bg-surface">
          <div className="flex min-h-12 flex-wrap items-center gap-2 p-2">
            <Filters />
            <Shown bots={bots} isMore={pages.hasNextPage} />
          </div>
          {isSelecting && <SelectionBar bots={bots} selection={selection} />}
        </div>
        <Loaded label="Bots are loading" query={pages} skeleton={<TableSkeleton />}>
          {() =>
            bots.length === 0 ? (
              <NoBots isAdmin={isAdmin} isFiltered={filter.q !== '' || filter.status !== undefined} />
            ) : (
              <div className={`scroll-mt-28 ${pages.isPlaceholderData ? 'opacity-60' : ''}`} {...around}>
                <BotsTable
                  bots={bots}
                  onSort={(by) => change(sortedBy(filter, by))}
                  selection={isAdmin ? selection : undefined}
                  sorting={{ by: filter.sort, order: filter.order }}
                />
                <More label="More bots" pages={pages} />
              </div>
            )
          }
        </Loaded>
      </div>
    </div>
  )
}

function useBotPages(filter: BotsFilter) {
  const query = queryOf(filter)
  return useInfiniteQuery({
    queryKey: [BOT_FIGURES, query],
    queryFn: ({ pageParam }) =>
      client.figures.bots({ ...query, limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
  })
}

interface ShownProps {
  readonly bots: readonly BotFigures[]
  readonly isMore: boolean
}

function Shown({ bots, isMore }: ShownProps) {
  return (
    <div className="ms-auto flex items-center gap-2 max-md:w-full max-md:justify-between">
      <p className="figure text-label text-text-3" role="status">
        {bots.length > 0 && `${isMore ? 'First ' : ''}${countText(bots.length)} · last 24 hours`}
      </p>
      <Button
        className="whitespace-nowrap"
        disabled={bots.length === 0}
        look="quiet"
        onClick={() => download(csvOf(bots), 'bots.csv')}
        title="What is shown, for a spreadsheet"
      >
        <Download aria-hidden="true" size={16} strokeWidth={1.75} />
        CSV
      </Button>
    </div>
  )
}

interface NoBotsProps {
  readonly isAdmin: boolean
  readonly isFiltered: boolean
}

function NoBots({ isAdmin, isFiltered }: NoBotsProps) {
  const [, change] = useSearchState()
  if (isFiltered) {
    return (
      <Empty action={<Button onClick={() => change({ q: '', status: '' })}>Show all bots</Button>}>
        No bot is like that.
      </Empty>
    )
  }
  return <Empty action={isAdmin && <RegisterLink look="box" />}>No bots yet.</Empty>
}

/** Once on the page where it is empty too: the bar has the short one. */
function RegisterLink({ look }: { readonly look: 'bar' | 'box' }) {
  const looks =
    look === 'bar' ? 'bg-accent text-accent-fg hover:brightness-110' : 'border border-border-strong'
  return (
    <Link
      className={`inline-flex min-h-8 items-center gap-2 rounded-button px-3 font-medium max-md:min-h-11 ${looks}`}
      to="/app/bots/new"
    >
      <Plus aria-hidden="true" size={16} strokeWidth={1.75} />
      Register a bot
    </Link>
  )
}

function TableSkeleton() {
  return Array.from({ length: 10 }, (_, index) => (
    <div aria-hidden="true" className="flex h-13 items-center gap-3 border-b border-border px-3" key={index}>
      <div className="size-7 rounded-card bg-surface-2" />
      <div className="h-3 w-40 rounded-input bg-surface-2" />
      <div className="ms-auto h-3 w-1/2 rounded-input bg-surface-2" />
    </div>
  ))
}
