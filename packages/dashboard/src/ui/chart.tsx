import { countText } from '../lib/format.ts'

interface SparklineProps {
  readonly values: readonly number[]
  /** What it shows, with the figures that matter, for those who do not see it. */
  readonly label: string
  readonly width?: number
  readonly height?: number
}

/** The shape of a few numbers, without axes. */
export function Sparkline({ values, label, width = 96, height = 24 }: SparklineProps) {
  const top = Math.max(1, ...values)
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(height - 1 - (value / top) * (height - 2)).toFixed(1)}`,
  )
  return (
    <svg aria-label={label} className="shrink-0 text-accent" height={height} role="img" width={width}>
      <polyline fill="none" points={points.join(' ')} stroke="currentColor" strokeWidth="1.5" />
    </svg>
  )
}

export interface Bar {
  /** Where it stands: `14:00`. */
  readonly label: string
  /** From the lowest part of the bar up, in the order of the series. */
  readonly values: readonly number[]
}

interface BarsProps {
  /** What is shown: `Posts in each hour`. */
  readonly title: string
  readonly bars: readonly Bar[]
  /** What the parts of a bar are, six at most: more than that nobody tells apart. */
  readonly series?: readonly string[]
  readonly text?: (value: number) => string
}

/** Six at most: more than that nobody tells apart. */
export const CHART_COLOURS = [
  'var(--accent)',
  'var(--claw)',
  'var(--success)',
  'var(--warn)',
  'oklch(0.7 0.12 300)',
  'oklch(0.7 0.12 200)',
]
const HEIGHT = 120

/** Bars over time, and the same in a table for whoever wants figures. */
export function Bars({ title, bars, series = [], text = countText }: BarsProps) {
  const sums = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0))
  const top = Math.max(...sums, Number.MIN_VALUE)
  return (
    <figure className="space-y-2">
      <figcaption className="flex flex-wrap items-baseline gap-x-4 text-label text-text-2">
        <span className="font-medium">{title}</span>
        {series.map((name, index) => (
          <span className="inline-flex items-center gap-1" key={name}>
            <svg aria-hidden="true" height="8" width="8">
              <rect fill={CHART_COLOURS[index % CHART_COLOURS.length]} height="8" rx="2" width="8" />
            </svg>
            {name}
          </span>
        ))}
        <span className="figure ms-auto">most {text(Math.max(0, ...sums))}</span>
      </figcaption>
      <svg
        aria-hidden="true"
        className="w-full"
        height={HEIGHT}
        preserveAspectRatio="none"
        viewBox={`0 0 ${bars.length} ${HEIGHT}`}
      >
        {bars.map((bar, index) => (
          <BarView bar={bar} key={bar.label} left={index} top={top} />
        ))}
      </svg>
      <div className="figure flex justify-between text-meta text-text-3" aria-hidden="true">
        <span>{bars[0]?.label}</span>
        <span>{bars.at(-1)?.label}</span>
      </div>
      <BarsTable {...{ title, bars, series, text }} />
    </figure>
  )
}

function BarView({ bar, left, top }: { readonly bar: Bar; readonly left: number; readonly top: number }) {
  let below = 0
  return (
    <g>
      {bar.values.map((value, index) => {
        const height = (value / top) * (HEIGHT - 1)
        below += height
        return (
          <rect
            fill={CHART_COLOURS[index % CHART_COLOURS.length]}
            height={height}
            key={index}
            width="0.8"
            x={left + 0.1}
            y={HEIGHT - below}
          />
        )
      })}
    </g>
  )
}

function BarsTable({ title, bars, series = [], text = countText }: BarsProps) {
  const names = series.length > 0 ? series : [title]
  return (
    <details className="text-label text-text-2">
      <summary className="min-h-6 cursor-pointer">As a table</summary>
      <div aria-label={title} className="max-h-64 overflow-auto" role="region" tabIndex={0}>
        <table className="figure w-full">
          <thead>
            <tr>
              <th className="text-start font-medium" scope="col">
                When
              </th>
              {names.map((name) => (
                <th className="text-end font-medium" key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.label}>
                <th className="text-start font-normal" scope="row">
                  {bar.label}
                </th>
                {names.map((name, index) => (
                  <td className="text-end" key={name}>
                    {text(bar.values[index] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
