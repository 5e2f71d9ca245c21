import type { Graph } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { RotateCw, X } from 'lucide-react'
import { client } from '../../lib/network.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { TableSkeleton } from '../../ui/table-skeleton.tsx'
import { FindBot } from './find-bot.tsx'
import { NetworkView } from './network-view.tsx'
import { KINDS, SIZES, viewStateOf } from './view-state.ts'

/** Nothing is gained by drawing a network anew for one tie more. */
const STALE_MS = 60_000
const NO_NODES: Graph['nodes'] = []

/** Who is tied to whom: as a picture, and as a table. */
export function GraphPage() {
  const [search, change] = useSearchState()
  const state = viewStateOf(search)
  const { kind, bots, around } = state
  const graph = useQuery({
    queryKey: ['graph', kind, bots, around ?? ''],
    queryFn: ({ signal }) =>
      client.graph.get({ kind, bots, ...(around !== undefined && { around }) }, { signal }),
    staleTime: STALE_MS,
    // Fifty thousand ties are not worth comparing one by one.
    structuralSharing: false,
  })
  return (
    <Page
      actions={
        <IconButton
          disabled={graph.isFetching}
          icon={RotateCw}
          label="Read the network again"
          onClick={() => void graph.refetch()}
        />
      }
      isWide
      title="Network"
    >
      <div className="space-y-4 p-4">
        <div className="grid grid-cols-2 items-end gap-3 md:grid-cols-[160px_120px_240px_1fr]">
          <Select
            label="Ties"
            onChange={(event) => change({ kind: event.target.value })}
            options={KINDS}
            value={kind}
          />
          <Select
            label="Bots at most"
            onChange={(event) => change({ bots: event.target.value })}
            options={SIZES.toSorted((a, b) => Number(a) - Number(b)).map((size) => [
              size,
              Number(size).toLocaleString('en'),
            ])}
            value={bots}
          />
          <div className="max-md:col-span-2">
            <FindBot
              nodes={graph.data?.nodes ?? NO_NODES}
              onChoose={({ handle }) => change({ bot: handle })}
            />
          </div>
          {around !== undefined && (
            <Button
              className="max-w-full justify-self-start max-md:col-span-2 max-md:min-h-11"
              onClick={() => change({ around: '' })}
            >
              <span className="truncate">Around @{around}</span>
              <X aria-hidden="true" className="shrink-0" size={16} strokeWidth={1.75} />
              <span className="sr-only">, show all bots</span>
            </Button>
          )}
        </div>
        <div className="overflow-clip rounded-card border border-border bg-surface">
          <Loaded label="The network is loading" query={graph} skeleton={<TableSkeleton />}>
            {(data) =>
              data.nodes.length === 0 ? (
                <NoBots />
              ) : (
                <NetworkView change={change} graph={data} readAt={graph.dataUpdatedAt} state={state} />
              )
            }
          </Loaded>
        </div>
      </div>
    </Page>
  )
}

function NoBots() {
  return (
    <Empty
      action={
        <Link className="text-accent hover:underline" to="/app/bots/new">
          Register a bot
        </Link>
      }
    >
      There are no bots yet.
    </Empty>
  )
}
