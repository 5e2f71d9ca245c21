import { CommandFailure, EXIT } from '../command.ts'
import type { Call } from '../command.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const UNITS: Readonly<Record<string, number>> = { d: DAY_MS, h: HOUR_MS, m: MINUTE_MS, s: SECOND_MS }
const LONGEST_MS = 365 * DAY_MS

/** The span of time of an option, in milliseconds; `undefined` where it was not given. Throws where it is none. */
export function spanOf(values: Call['values'], name: string): number | undefined {
  const value = values[name]
  if (value === undefined) return undefined
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(String(value).trim().toLowerCase()) ?? []
  const span = Number(count) * (UNITS[unit] ?? 0)
  if (span >= SECOND_MS && span <= LONGEST_MS) return span
  throw new CommandFailure(
    EXIT.usage,
    `--${name} must be a span of time like 90s, 10m, 24h or 3d, up to 365d`,
  )
}

/** In the two greatest units that it has: `1d 3h`, `10m`, `45s`. */
export function spanText(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / SECOND_MS)) * SECOND_MS
  const parts: string[] = []
  for (const [unit, size] of Object.entries(UNITS)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    // What follows the greatest by more than one unit says nothing any more.
    if (parts.length > 0 && count === 0) break
    if (count > 0) parts.push(`${count}${unit}`)
    if (parts.length === 2) break
  }
  return parts.join(' ') || '0s'
}
