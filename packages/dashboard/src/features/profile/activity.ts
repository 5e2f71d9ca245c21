const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const HOUR_MS = 3_600_000

export interface Day {
  readonly name: string
  readonly hours: readonly number[]
}

export function daysOf(week: readonly (readonly number[])[]): Day[] {
  return DAYS.map((name, index) => ({ name, hours: week[index] ?? [] }))
}

/** `14:00` */
export function hourText(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}

/** The hours of UTC that end with the one of `now`, oldest first. */
export function lastHours(count: number, now: number): string[] {
  const current = Math.floor(now / HOUR_MS)
  return Array.from({ length: count }, (_, index) => hourText((current - count + 1 + index) % 24))
}

/** In words, for those who do not see the map; `undefined` where nothing was posted. */
export function busiestOf(days: readonly Day[]): string | undefined {
  const hours = days.flatMap(({ name, hours }) => hours.map((posts, hour) => ({ name, hour, posts })))
  const most = hours.reduce((one, other) => (other.posts > one.posts ? other : one), {
    name: '',
    hour: 0,
    posts: 0,
  })
  return most.posts === 0 ? undefined : `${most.name} at ${hourText(most.hour)}`
}
