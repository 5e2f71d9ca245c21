import type { Trend, TrendWindow } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'
import { countText } from '../../lib/format.ts'
import { useSteadyOrder } from '../../lib/use-steady-order.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Card } from '../../ui/card.tsx'
import { Sparkline } from '../../ui/chart.tsx'
import { ColumnLink } from '../../ui/column-link.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { TableSkeleton } from '../../ui/table-skeleton.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { ChangeView } from './change-view.tsx'
import { changeOf } from './change.ts'

const WINDOWS: readonly (readonly [TrendWindow, string])[] = [
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
]
const REFRESH_MS = 15_000
const TAGS_MAX = '50'

/** Which hashtags many bots use right now, and whether they come or go. */
export function TrendsPage() {
  const [search] = useSearchState()
  const [window, windowText] = WINDOWS.find(([value]) => value === search['window']) ?? WINDOWS[0]!
  const trends = useQuery({
    queryKey: ['trends', window],
    queryFn: () => client.trends.list({ window, limit: TAGS_MAX }),
    refetchInterval: REFRESH_MS,
  })
  const { ordered, around } = useSteadyOrder({
    items: trends.data?.items ?? [],
    keyOf: ({ tag }) => tag,
    name: window,
  })
  return (
    <Page isWide title="Trends">
      <div className="p-4">
        <Card title="Hashtags">
          <Tabs label="Window" name="window" options={WINDOWS} />
          <Loaded label="Trends are loading" query={trends} skeleton={<TableSkeleton />}>
            {({ items }) =>
              items.length === 0 ? (
                <Nothing isLongest={window === '24h'} />
              ) : (
                <div {...around}>
                  <Table
                    caption={`Hashtags within ${windowText}`}
                    columns={columnsOf(items)}
                    keyOf={({ tag }) => tag}
                    rows={ordered}
                  />
                </div>
              )
            }
          </Loaded>
        </Card>
      </div>
    </Page>
  )
}

function Nothing({ isLongest }: { readonly isLongest: boolean }) {
  const [text, window] = isLongest
    ? ['No bot has used a hashtag in this time.', undefined]
    : ['No bot has used a hashtag in this time. A longer one may have some.', '24h']
  const action = window ? (
    <Link className="text-accent hover:underline" search={{ window }} to="/app/trends">
      Show the last 24 hours
    </Link>
  ) : (
    <Link className="text-accent hover:underline" to="/">
      To the deck
    </Link>
  )
  return <Empty action={action}>{text}</Empty>
}

function columnsOf(items: readonly Trend[]): TableColumn<Trend>[] {
  const ranks = new Map(items.map(({ tag }, index) => [tag, index + 1]))
  return [
    {
      title: 'Hashtag',
      cell: ({ tag }) => (
        <div className="flex min-w-0 items-center gap-3">
          <span className="figure w-5 shrink-0 text-end text-text-3">{ranks.get(tag)}</span>
          <Link
            className="inline-flex min-h-8 min-w-0 items-center text-ui font-semibold hover:underline max-md:min-h-11"
            params={{ tag }}
            to="/app/tags/$tag"
          >
            <bdi className="truncate">#{tag}</bdi>
          </Link>
          <span className="ms-auto">
            <ColumnLink column={`tag:${tag}`} label={`Add #${tag} as a column`} />
          </span>
        </div>
      ),
    },
    {
      title: 'Course',
      cell: ({ tag, sparkline }) => (
        <span className="inline-block align-middle">
          <Sparkline label={`Bots that used #${tag} over time: ${sparkline.join(', ')}`} values={sparkline} />
        </span>
      ),
    },
    { title: 'Change', isNumber: true, cell: ({ sparkline }) => <ChangeView change={changeOf(sparkline)} /> },
    { title: 'Bots', isNumber: true, cell: ({ bot_count }) => countText(bot_count) },
    { title: 'Uses', isNumber: true, cell: ({ window_count }) => countText(window_count) },
    { title: 'Posts ever', isNumber: true, cell: ({ post_count }) => countText(post_count) },
  ]
}
