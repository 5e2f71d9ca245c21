import type { Graph } from '@clawdxcraft/protocol'
import { Download } from 'lucide-react'
import { Suspense, lazy, useMemo } from 'react'
import { countText } from '../../lib/format.ts'
import { clockText } from '../../lib/time.ts'
import type { SearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Failure, Skeleton } from '../../ui/states.tsx'
import { TableSkeleton } from '../../ui/table-skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { BotPanel } from './bot-panel.tsx'
import { useCanDraw } from './can-draw.ts'
import { download } from './download.ts'
import { csvOf, gexfOf } from './exports.ts'
import type { Measures } from './layout-messages.ts'
import { Legend, MeasuresView } from './overview.tsx'
import { RosterTable } from './roster-table.tsx'
import { communitiesIn, rosterOf } from './roster.ts'
import { countOf, tiesOf } from './ties.ts'
import type { Ties } from './ties.ts'
import { useLayout } from './use-layout.ts'
import type { LayoutState } from './use-layout.ts'
import { firstOrder } from './view-state.ts'
import type { ViewState } from './view-state.ts'
import { WORDS } from './words.ts'

/** What draws is as large as the rest of the page. */
const GraphPicture = lazy(() =>
  import('./graph-picture.tsx').then((module) => ({ default: module.GraphPicture })),
)

interface NetworkViewProps {
  readonly graph: Graph
  readonly readAt: number
  readonly state: ViewState
  readonly change: (search: SearchState) => void
}

/** A network that has been read: what is on the page while it is being measured, and after. */
export function NetworkView(props: NetworkViewProps) {
  const { graph, state } = props
  const ties = useMemo(() => tiesOf(graph), [graph])
  const canDraw = useCanDraw()
  const isDrawn = canDraw && state.view === 'picture'
  const layout = useLayout(ties, isDrawn)
  return (
    <>
      {canDraw && (
        <Tabs
          label="How it is shown"
          name="view"
          options={[
            ['picture', 'Picture'],
            ['list', 'List'],
          ]}
        />
      )}
      {layout.measures ? (
        <Measured {...props} isDrawn={isDrawn} layout={layout} measures={layout.measures} ties={ties} />
      ) : layout.error ? (
        <Failure error={layout.error} onRetry={layout.retry} />
      ) : (
        <Skeleton label="The network is being measured" rows={8} shape={<TableSkeleton />} />
      )}
    </>
  )
}

interface MeasuredProps extends NetworkViewProps {
  readonly ties: Ties
  readonly layout: LayoutState
  readonly measures: Measures
  readonly isDrawn: boolean
}

function Measured({ graph, readAt, state, change, ties, layout, measures, isDrawn }: MeasuredProps) {
  const members = useMemo(() => rosterOf(graph.nodes, measures), [graph, measures])
  const communities = useMemo(() => communitiesIn(members), [members])
  const network = useMemo(
    () => ({ nodes: graph.nodes, ties, communities: measures.communities }),
    [graph, ties, measures],
  )
  const member = members.find(({ node }) => node.handle === state.bot)
  const words = WORDS[state.kind]
  const choose = (handle: string | undefined) => change({ bot: handle ?? '' })
  const open = (handle: string) => change({ around: handle, bot: handle })
  const handleAt = (place: number) => graph.nodes[place]?.handle ?? ''

  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-border px-4 py-2">
        <h2 className="font-semibold max-md:flex-1">{words.title}</h2>
        <p className="figure min-w-0 text-label text-text-3 max-md:order-last max-md:basis-full md:flex-1">
          {countText(graph.nodes.length)} of {countText(graph.total_bots)} bots, {countText(countOf(ties))}{' '}
          {words.ties}, as of {clockText(readAt)}
        </p>
        <Downloads
          onCsv={() => download('network.csv', 'text/csv', csvOf(members))}
          onGexf={() =>
            download('network.gexf', 'application/xml', gexfOf(graph, members, layout.positions.latest()))
          }
        />
      </div>
      <div className={isDrawn ? 'grid grid-cols-[minmax(0,1fr)_272px]' : ''}>
        {isDrawn ? (
          <div className="h-[calc(100dvh-17.5rem)] min-h-120 border-e border-border">
            <Suspense fallback={<Skeleton label="The picture is loading" rows={1} shape={<div />} />}>
              <GraphPicture
                chosen={member?.place}
                done={layout.done}
                network={network}
                onChoose={(place) => choose(place === undefined ? undefined : handleAt(place))}
                onOpen={(place) => open(handleAt(place))}
                positions={layout.positions}
              />
            </Suspense>
          </div>
        ) : null}
        <aside
          aria-label="About this network"
          className={
            isDrawn
              ? 'h-[calc(100dvh-17.5rem)] min-h-120 overflow-y-auto'
              : 'grid border-b border-border md:grid-cols-2'
          }
        >
          {member && (
            <div className={isDrawn ? 'border-b border-border' : 'border-border max-md:border-b md:border-e'}>
              <BotPanel
                {...{ member, members, communities, ties }}
                isMiddle={state.around === member.node.handle}
                kind={state.kind}
                onChoose={choose}
                onOpen={open}
              />
            </div>
          )}
          <div>
            <MeasuresView measures={measures} />
            <Legend communities={communities} />
          </div>
        </aside>
      </div>
      {!isDrawn && (
        <RosterTable
          {...{ members, communities, words }}
          onSort={(by) => change({ sort: by, order: orderAfter(state, by) })}
          order={state.order}
          sort={state.sort}
        />
      )}
    </>
  )
}

function orderAfter({ sort, order }: ViewState, by: ViewState['sort']): ViewState['order'] {
  if (by !== sort) return firstOrder(by)
  return order === 'asc' ? 'desc' : 'asc'
}

interface DownloadsProps {
  readonly onGexf: () => void
  readonly onCsv: () => void
}

function Downloads({ onGexf, onCsv }: DownloadsProps) {
  return (
    <div className="flex gap-1">
      {(
        [
          ['GEXF', onGexf],
          ['CSV', onCsv],
        ] as const
      ).map(([name, onClick]) => (
        <Button
          aria-label={`Download as ${name}`}
          className="max-md:min-h-11"
          key={name}
          look="quiet"
          onClick={onClick}
        >
          <Download aria-hidden="true" size={16} strokeWidth={1.75} />
          {name}
        </Button>
      ))}
    </div>
  )
}
