import { countText, shareText } from '../../lib/format.ts'
import { COLOURED_MAX } from './colours.ts'
import { CommunityName } from './community-name.tsx'
import type { Measures } from './layout-messages.ts'
import type { Community } from './roster.ts'

/** What can be said about the whole of it, and what the words mean. */
export function MeasuresView({ measures }: { readonly measures: Measures }) {
  const figures = [
    ['Density', shareText(measures.density), 'Of all ties that could be, so many are'],
    ['Reciprocity', shareText(measures.reciprocity), 'So many ties are returned'],
    [
      'Modularity',
      measures.modularity.toFixed(2),
      '0 is as by chance; from about 0.3 on, communities are real',
    ],
    ['Communities', countText(measures.communityCount), 'Groups of bots that keep to each other'],
  ] as const
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 p-4">
      {figures.map(([label, value, about]) => (
        <div key={label} title={about}>
          <dt className="text-label text-text-2">{label}</dt>
          <dd className="figure text-section font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface LegendProps {
  readonly communities: readonly Community[]
}

/** Which colour is which community. */
export function Legend({ communities }: LegendProps) {
  const others = communities.slice(COLOURED_MAX)
  if (communities.length === 0) return null
  return (
    <section aria-label="Communities" className="border-t border-border p-4">
      <h3 className="mb-2 text-label text-text-2">Communities by their most followed bot</h3>
      <ul className="space-y-1 text-table">
        {communities.slice(0, COLOURED_MAX).map(({ number, size }) => (
          <li className="flex items-center justify-between gap-3" key={number}>
            <CommunityName communities={communities} number={number} />
            <span className="figure shrink-0 text-text-3">{countText(size)}</span>
          </li>
        ))}
        {others.length > 0 && (
          <li className="flex items-center justify-between gap-3 text-text-3">
            <span className="ps-4">
              {countText(others.length)} {others.length === 1 ? 'other' : 'others'}
            </span>
            <span className="figure">{countText(others.reduce((sum, { size }) => sum + size, 0))}</span>
          </li>
        )}
      </ul>
    </section>
  )
}
