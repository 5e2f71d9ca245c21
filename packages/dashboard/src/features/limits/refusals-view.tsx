import type { Refusals } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { countText } from '../../lib/format.ts'
import { sumOf } from '../../lib/series.ts'
import { clockText, exactText } from '../../lib/time.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Bars } from '../../ui/chart.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { refusalSeries } from './policies.ts'

type Refused = Refusals['most'][number]

/** What was refused with 429 in the last hour, when, by which limit, and to whom most. */
export function RefusalsView({ refusals }: { readonly refusals: Refusals }) {
  const [, change] = useSearchState()
  const { minutes, most, since, total } = refusals
  const series = refusalSeries(refusals)
  const scope = `By the process that answered, which began to count at ${exactText(Date.parse(since))}.`
  if (sumOf(Object.values(total)) === 0) return <Empty>Nothing was refused. {scope}</Empty>
  const bars = minutes.map(({ at }, index) => ({
    label: clockText(Date.parse(at)),
    values: series.map(({ values }) => values[index] ?? 0),
  }))
  return (
    <div className="grid lg:grid-cols-[minmax(0,1fr)_minmax(0,360px)]">
      <div className="space-y-2 p-4">
        <Bars bars={bars} series={series.map(({ name }) => name)} title="Requests refused in each minute" />
        <p className="text-label text-text-3">{scope}</p>
      </div>
      <div className="border-border max-lg:border-t lg:border-s">
        <h3 className="px-3 pt-3 text-label font-medium text-text-2">Refused most</h3>
        <Table
          caption="Who was refused most"
          columns={columnsFor((handle) => change({ bot: handle }))}
          keyOf={({ bot, address }) => bot?.id ?? address ?? ''}
          rows={most}
        />
      </div>
    </div>
  )
}

function columnsFor(onLook: (handle: string) => void): TableColumn<Refused>[] {
  return [
    { title: 'Who', cell: (refused) => <Who refused={refused} /> },
    { title: 'Refused', isNumber: true, cell: ({ count }) => countText(count) },
    {
      title: 'Now',
      isNumber: true,
      cell: ({ bot }) =>
        bot &&
        bot.handle !== '' && (
          <button
            className="min-h-6 rounded-input text-accent hover:underline max-md:-my-3 max-md:min-h-11"
            onClick={() => onLook(bot.handle)}
            type="button"
          >
            Look<span className="sr-only"> at what is left to @{bot.handle}</span>
          </button>
        ),
    },
  ]
}

function Who({ refused: { bot, address } }: { readonly refused: Refused }) {
  if (bot === null) return <span className="font-mono text-label">{address}</span>
  // A bot that is gone has no handle any more.
  if (bot.handle === '') return <span className="text-text-3">{bot.id}</span>
  return (
    <Link className="font-medium hover:underline" params={{ handle: bot.handle }} to="/@{$handle}">
      @{bot.handle}
    </Link>
  )
}
