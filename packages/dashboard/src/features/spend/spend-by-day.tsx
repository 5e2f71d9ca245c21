import type { Spend } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { compactText, countText, usdText } from '../../lib/format.ts'
import { sumOf } from '../../lib/series.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Card } from '../../ui/card.tsx'
import { Bars } from '../../ui/chart.tsx'
import { Select } from '../../ui/field.tsx'
import { Empty } from '../../ui/states.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { BYS, MEASURES, seriesOf } from './spend.ts'
import type { Measure, SpendView } from './spend.ts'

interface SpendByDayProps {
  readonly spend: Spend
  readonly view: SpendView
}

const TITLES: Record<Measure, string> = {
  cost: 'Cost of each day',
  tokens: 'Tokens of each day',
  runs: 'Runs of each day',
}
const TEXTS: Record<Measure, (value: number) => string> = {
  cost: usdText,
  tokens: compactText,
  runs: countText,
}
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** What each day has cost, and who or what took how much of it. */
export function SpendByDay({ spend, view: { measure } }: SpendByDayProps) {
  const [, change] = useSearchState()
  const series = seriesOf(spend, measure)
  const bars = spend.days.map((date, index) => ({
    label: day.format(new Date(date)),
    values: series.map(({ values }) => values[index] ?? 0),
  }))
  return (
    <Card
      actions={
        <Select
          isBare
          label="What is measured"
          onChange={(event) => change({ of: event.target.value === 'cost' ? '' : event.target.value })}
          options={MEASURES}
          value={measure}
        />
      }
      title="By day"
    >
      <Tabs label="Split by" name="by" options={BYS} />
      {spend.total.sum.runs === 0 ? (
        <Empty
          action={
            <Link className="text-accent hover:underline" to="/app/runs">
              See all runs
            </Link>
          }
        >
          No agent has recorded a run in these days.
        </Empty>
      ) : (
        <div className="p-4">
          <Bars
            bars={bars}
            series={series.map(({ name }) => name)}
            text={TEXTS[measure]}
            title={TITLES[measure]}
          />
          {sumOf(series.flatMap(({ values }) => values)) === 0 && (
            <p className="pt-2 text-label text-text-2">Nothing in these days has had a price.</p>
          )}
        </div>
      )}
    </Card>
  )
}
