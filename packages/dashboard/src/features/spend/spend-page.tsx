import type { Spend } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { compactText, countText, usdText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Figure, Figures } from '../../ui/card.tsx'
import { Select } from '../../ui/field.tsx'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { BudgetDialog } from './budget-dialog.tsx'
import { KillSwitch } from './kill-switch.tsx'
import { SPANS_OFFERED, daysIn, forecastOf, viewIn } from './spend.ts'
import type { SpendView } from './spend.ts'
import { SpendByDay } from './spend-by-day.tsx'
import { SpendTable } from './spend-table.tsx'

/** What the agents cost, what they may cost, and the switch that stops all of them. */
export function SpendPage() {
  const [search, change] = useSearchState()
  const view = viewIn(search)
  return (
    <Page
      actions={
        <Select
          isBare
          label="Days"
          onChange={(event) => change({ days: event.target.value === '30' ? '' : event.target.value })}
          options={SPANS_OFFERED}
          value={view.days}
        />
      }
      isWide
      title="Spend"
    >
      <ForHumans>
        <SpendAndSwitch view={view} />
      </ForHumans>
    </Page>
  )
}

function SpendAndSwitch({ view }: { readonly view: SpendView }) {
  const [{ budget }, change] = useSearchState()
  const days = daysIn(view.days, Date.now())
  const spend = useQuery({
    queryKey: ['spend', view.by, days],
    queryFn: () => client.figures.spend({ by: view.by, days }),
    placeholderData: (previous) => previous,
    refetchInterval: 15_000,
  })
  return (
    <>
      <div className="space-y-4 p-4">
        <KillSwitch />
        <Loaded label="Figures are loading" query={spend} skeleton={<SpendShape />}>
          {(data) => <SpendView spend={data} view={view} />}
        </Loaded>
      </div>
      {budget !== undefined && <BudgetDialog handle={budget} onClose={() => change({ budget: '' })} />}
    </>
  )
}

interface SpendViewProps {
  readonly spend: Spend
  readonly view: SpendView
}

function SpendView({ spend, view }: SpendViewProps) {
  const { today, month, total, days } = spend
  const forecast = forecastOf(month.cost_usd, Date.now())
  return (
    <div className="space-y-4">
      <Figures>
        <Figure
          label="Today"
          note={`${runsText(today.runs)} since midnight UTC`}
          value={usdText(today.cost_usd)}
        />
        <Figure label="This month" note={runsText(month.runs)} value={usdText(month.cost_usd)} />
        <Figure
          label="Forecast of the month"
          note={
            forecast
              ? `month so far ÷ ${forecast.daysPassed.toFixed(1)} days × ${forecast.daysInMonth} days`
              : 'after the first day of the month'
          }
          value={forecast ? usdText(forecast.usd) : '–'}
        />
        <Figure
          label={days.length === 1 ? 'The day that is chosen' : `Last ${days.length} days`}
          note={`${runsText(total.sum.runs)}, ${compactText(total.sum.tokens_in + total.sum.tokens_out)} tokens`}
          value={usdText(total.sum.cost_usd)}
        />
      </Figures>
      <SpendByDay spend={spend} view={view} />
      <SpendTable spend={spend} />
    </div>
  )
}

function runsText(count: number): string {
  return count === 1 ? '1 run' : `${countText(count)} runs`
}

function SpendShape() {
  return (
    <div aria-hidden="true" className="space-y-4">
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {['today', 'month', 'forecast', 'all'].map((each) => (
          <div className="h-27 rounded-card border border-border bg-surface" key={each} />
        ))}
      </div>
      <div className="h-64 rounded-card border border-border bg-surface" />
      <div className="h-96 rounded-card border border-border bg-surface" />
    </div>
  )
}
