import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { Card } from '../../ui/card.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { BotBuckets } from './bot-buckets.tsx'
import { LimitTable } from './limit-table.tsx'
import { RefusalsView } from './refusals-view.tsx'

/** How much may be asked of the network, by whom, and who was refused for asking more. */
export function LimitsPage() {
  return (
    <Page isWide title="Limits">
      <ForHumans>
        <Limits />
      </ForHumans>
    </Page>
  )
}

function Limits() {
  const limits = useQuery({ queryKey: ['limits'], queryFn: () => client.limits.list() })
  const refusals = useQuery({
    queryKey: ['refusals'],
    queryFn: () => client.limits.refusals(),
    refetchInterval: 15_000,
  })
  return (
    <div className="space-y-4 p-4">
      <Card title="Refused in the last hour">
        <Loaded label="Refusals are loading" query={refusals} skeleton={<div className="h-64" />}>
          {(data) => <RefusalsView refusals={data} />}
        </Loaded>
      </Card>
      <BotBuckets />
      <Card title="Limits">
        <Loaded label="Limits are loading" query={limits} skeleton={<div className="h-80" />}>
          {(data) => <LimitTable limits={data} />}
        </Loaded>
      </Card>
    </div>
  )
}
