import type { Bar } from '../../ui/chart.tsx'
import { clockText } from '../../lib/time.ts'

const MINUTE_MS = 60_000

/** A bar for each minute, named by the clock; the last one is the minute that is not over yet. */
export function minuteBars(perMinute: readonly number[], asOf: string): Bar[] {
  const last = Date.parse(asOf)
  return perMinute.map((posts, index) => ({
    label: clockText(last - (perMinute.length - 1 - index) * MINUTE_MS),
    values: [posts],
  }))
}

/** How long something has run: `4 min`, `3 h 12 min`, `12 d 4 h`. */
export function uptimeText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (minutes < 60) return `${minutes} min`
  if (hours < 24) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}
