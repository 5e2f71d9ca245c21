const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' })
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })

const dayAndClock = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const dayOfYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' })

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number, number])[] = [
  ['second', 1_000, 60_000],
  ['minute', 60_000, 3_600_000],
  ['hour', 3_600_000, 86_400_000],
  ['day', 86_400_000, 7 * 86_400_000],
]

/** How long ago, in as few characters as can be: `now`, `12s`, `5m`, `3h`, `2d`, and after a week the day, perhaps with its year. */
export function agoText(at: number, now: number): string {
  const passed = Math.max(0, now - at)
  if (passed < 5_000) return 'now'
  for (const [unit, ms, until] of STEPS) {
    if (passed >= until) continue
    return relative.format(-Math.floor(passed / ms), unit).replace(/\s*ago$/, '')
  }
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? day : dayOfYear).format(at)
}

export function exactText(at: number): string {
  return absolute.format(at)
}

/** The time of a day: `12:03`. */
export function clockText(at: number): string {
  return clock.format(at)
}

/** When that was, in as few characters as can be: `12:03` today, `3 Mar, 12:03` this year, else the day with its year. */
export function stampText(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)]
  if (then.toDateString() === today.toDateString()) return clock.format(at)
  return (then.getFullYear() === today.getFullYear() ? dayAndClock : dayOfYear).format(at)
}
