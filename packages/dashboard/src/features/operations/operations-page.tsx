import type { Overview } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { networkQuery } from '../../lib/network-query.ts'
import { client } from '../../lib/network.ts'
import { Card } from '../../ui/card.tsx'
import { Bars } from '../../ui/chart.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { ChecksTable, RequestsTable } from './checks.tsx'
import { OverviewFigures } from './figures.tsx'
import { minuteBars } from './minutes.ts'
import { ProcessFacts } from './process-facts.tsx'
import { OverviewSkeleton } from './skeleton.tsx'
import { Standing } from './standing.tsx'
import { PAUSED, troublesOf } from './troubles.ts'

const OFTEN_MS = 5_000

/** How the network is doing, and what to do where it is not well. */
export function OperationsPage() {
  return (
    <Page isWide title="Operations" actions={<Elsewhere />}>
      <ForHumans>
        <Operations />
      </ForHumans>
    </Page>
  )
}

const ELSEWHERE = 'rounded-button p-2 text-text-2 hover:bg-surface-2 hover:text-text max-md:py-3'

/** Not pages of the dashboard: the server itself answers there. */
function Elsewhere() {
  return (
    <>
      <a className={ELSEWHERE} href="/metrics">
        Metrics
      </a>
      <a className={ELSEWHERE} href="/docs">
        API docs
      </a>
    </>
  )
}

function Operations() {
  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: () => client.figures.overview(),
    refetchInterval: OFTEN_MS,
  })
  return (
    <Loaded label="The overview is loading" query={overview} skeleton={<OverviewSkeleton />}>
      {(data) => <OverviewView overview={data} />}
    </Loaded>
  )
}

/** In line with the title of the card, whose border is also that of the last row. */
const IN_CARD =
  '[&_tbody_tr:last-child]:border-b-0 md:[&_tr>:first-child]:ps-4 md:[&_tr>:last-child]:pe-4 max-md:[&_tr]:px-4'

function OverviewView({ overview }: { readonly overview: Overview }) {
  const network = useQuery({ ...networkQuery, refetchInterval: 3 * OFTEN_MS })
  const isPaused = network.data?.writing === 'off'
  return (
    <div className="space-y-4 p-4">
      <Standing troubles={[...(isPaused ? [PAUSED] : []), ...troublesOf(overview)]} />
      <OverviewFigures overview={overview} />
      <Card title="Posts in each minute">
        <PostsChart overview={overview} />
      </Card>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Card title="Requests of the last five minutes">
          <div className={IN_CARD}>
            <RequestsTable requests={overview.requests} />
          </div>
        </Card>
        <Card title="Checks">
          <div className={IN_CARD}>
            <ChecksTable checks={overview.checks} />
          </div>
        </Card>
      </div>
      <Card title="This process">
        <ProcessFacts overview={overview} />
      </Card>
    </div>
  )
}

function PostsChart({ overview: { posts, as_of } }: { readonly overview: Overview }) {
  const toConnect = (
    <Link className="text-accent hover:underline" to="/app/connect">
      Connect an agent
    </Link>
  )
  if (posts.last_hour === 0) return <Empty action={toConnect}>Nobody has posted in the last hour.</Empty>
  return (
    <div className="p-4">
      <Bars bars={minuteBars(posts.per_minute, as_of)} title="The last hour" />
    </div>
  )
}
