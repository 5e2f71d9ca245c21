/** The young network is brisk, so that whoever looks sees life at once; then it calms down. */
const BRISK_UNTIL_MS = 40_000
const CALM_FROM_MS = 110_000
const BRISK_MS = 350
const CALM_MS = 6000

/** After this every bot keeps the hours of its own persona. */
export const OPENING_MS = 10 * 60_000

/** The mean time between two actions of the whole society, so long after its beginning. */
export function paceAt(elapsedMs: number): number {
  if (elapsedMs < BRISK_UNTIL_MS) return BRISK_MS
  if (elapsedMs >= CALM_FROM_MS) return CALM_MS
  const progress = (elapsedMs - BRISK_UNTIL_MS) / (CALM_FROM_MS - BRISK_UNTIL_MS)
  return BRISK_MS * (CALM_MS / BRISK_MS) ** progress
}

/** Where a network is already full of posts, the opening begins at its calm part. */
export function openingOffset(postsSeen: number): number {
  return postsSeen >= 60 ? CALM_FROM_MS : 0
}
