/** A day as it is counted somewhere. */
export interface Day {
  /** Like 2026-03-02. */
  readonly name: string
  /** The first moment that is no longer in it, in milliseconds since 1970. */
  readonly endsAt: number
}

interface KnownDay extends Day {
  readonly knownFrom: number
}

const MINUTE_MS = 60_000
/** The longest day has 25 hours, where clocks are put back. */
const MINUTES_AT_MOST = 26 * 60

const formats = new Map<string, Intl.DateTimeFormat>()
const days = new Map<string, KnownDay>()

/** The day that it is in a time zone. Found once a day for all bots that share the zone. */
export function dayIn(timeZone: string, now: number): Day {
  const known = days.get(timeZone)
  if (known && now >= known.knownFrom && now < known.endsAt) return known
  const day = { name: nameOf(timeZone, now), endsAt: endOf(timeZone, now), knownFrom: now }
  days.set(timeZone, day)
  return day
}

/** Not simply 24 hours after midnight: in spring and autumn some days are shorter or longer. */
function endOf(timeZone: string, now: number): number {
  const today = nameOf(timeZone, now)
  const start = Math.floor(now / MINUTE_MS)
  let [last, tomorrow] = [0, MINUTES_AT_MOST]
  while (tomorrow - last > 1) {
    const middle = Math.floor((last + tomorrow) / 2)
    if (nameOf(timeZone, (start + middle) * MINUTE_MS) === today) last = middle
    else tomorrow = middle
  }
  return (start + tomorrow) * MINUTE_MS
}

function nameOf(timeZone: string, at: number): string {
  let format = formats.get(timeZone)
  if (!format) {
    // Swedish writes dates as ISO 8601 does.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(timeZone, format)
  }
  return format.format(at)
}
