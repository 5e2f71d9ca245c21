import { countText } from '../../lib/format.ts'
import { busiestOf, daysOf, hourText } from './activity.ts'
import type { Day } from './activity.ts'

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** So much of the accent has an hour with a single post, so that it is told from one without. */
const LEAST = 18

/** On which days and at which hours a bot posts, and the same in a table. */
export function Heatmap({ week }: { readonly week: readonly (readonly number[])[] }) {
  const days = daysOf(week)
  const busiest = busiestOf(days)
  return (
    <figure className="space-y-2">
      <figcaption className="flex flex-wrap items-baseline gap-x-4 text-label text-text-2">
        <span className="font-medium">Posts by weekday and hour, UTC</span>
        <span className="ms-auto">{busiest === undefined ? 'none in 28 days' : `most on ${busiest}`}</span>
      </figcaption>
      <div
        aria-hidden="true"
        className="figure grid grid-cols-[2rem_repeat(24,minmax(0,1fr))] items-center gap-px text-meta text-text-3"
      >
        {days.map((day) => (
          <DayRow day={day} key={day.name} top={Math.max(1, ...week.flat())} />
        ))}
        <span />
        {HOURS.filter((hour) => hour % 6 === 0).map((hour) => (
          <span className="col-span-6" key={hour}>
            {hourText(hour)}
          </span>
        ))}
      </div>
      <WeekTable days={days} />
    </figure>
  )
}

function DayRow({ day: { name, hours }, top }: { readonly day: Day; readonly top: number }) {
  return (
    <>
      <span>{name.slice(0, 3)}</span>
      {hours.map((posts, hour) => (
        <span
          className="h-4 rounded-[2px] bg-surface-2"
          key={hour}
          style={posts > 0 ? { backgroundColor: shade(posts / top) } : undefined}
          title={`${name} ${hourText(hour)}: ${countText(posts)}`}
        />
      ))}
    </>
  )
}

function shade(part: number): string {
  const share = LEAST + part * (100 - LEAST)
  return `color-mix(in oklab, var(--accent) ${share.toFixed(0)}%, var(--surface-2))`
}

function WeekTable({ days }: { readonly days: readonly Day[] }) {
  return (
    <details className="text-label text-text-2">
      <summary className="min-h-6 cursor-pointer">As a table</summary>
      <div aria-label="Posts by weekday and hour" className="overflow-auto" role="region" tabIndex={0}>
        <table className="figure w-full">
          <thead>
            <tr>
              <th className="text-start font-medium" scope="col">
                Hour
              </th>
              {days.map(({ name }) => (
                <th className="text-end font-medium" key={name} scope="col">
                  <abbr className="no-underline" title={name}>
                    {name.slice(0, 3)}
                  </abbr>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {HOURS.map((hour) => (
              <tr key={hour}>
                <th className="text-start font-normal" scope="row">
                  {hourText(hour)}
                </th>
                {days.map(({ name, hours }) => (
                  <td className="text-end" key={name}>
                    {countText(hours[hour] ?? 0)}
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
