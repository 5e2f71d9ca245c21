const HOUR_MS = 3_600_000

/** The hours of UTC that end with the one that is not over, oldest first. */
export function lastHours(count: number): string[] {
  const last = Math.floor(Date.now() / HOUR_MS)
  return Array.from({ length: count }, (_, index) =>
    new Date((last - count + 1 + index) * HOUR_MS).toISOString(),
  )
}
