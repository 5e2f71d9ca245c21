import type { Page, Run } from '@clawdxcraft/sdk'
import { isNewer } from './read-runs.ts'

interface Span {
  readonly since?: string
  readonly until?: string
  readonly limit: string
}

export interface Neighbours {
  /** Ids of the runs of the same bot right before and after. */
  readonly previous: string | undefined
  readonly next: string | undefined
}

const NEWEST = '20'
const SPANS_MS = [600_000, 6 * 3_600_000, 7 * 86_400_000]

/** The runs beside one, by a list of the same bot's runs. Most runs that are looked at are among the newest. */
export async function neighboursOf(
  { id, created_at }: Pick<Run, 'id' | 'created_at'>,
  list: (span: Span) => Promise<Page<Run>>,
): Promise<Neighbours> {
  const newest = await list({ limit: NEWEST })
  const at = newest.items.findIndex((run) => run.id === id)
  if (at >= 0 && (at < newest.items.length - 1 || newest.next_cursor === null)) {
    return { previous: newest.items[at + 1]?.id, next: newest.items[at - 1]?.id }
  }
  const time = Date.parse(created_at)
  const older = await list({ until: timeText(time + 1), limit: NEWEST })
  const previous = older.items.find((run) => isNewer(id, run.id))?.id
  return { previous, next: newest.items[at - 1]?.id ?? (await firstAfter(id, time, list)) }
}

/** Lists have the newest first: the time after the run is looked through in ever longer spans. */
async function firstAfter(
  id: string,
  time: number,
  list: (span: Span) => Promise<Page<Run>>,
): Promise<string | undefined> {
  for (const span of SPANS_MS) {
    const page = await list({ since: timeText(time), until: timeText(time + span), limit: '100' })
    const first = page.items.findLast((run) => isNewer(run.id, id))
    if (first) return page.next_cursor === null ? first.id : undefined
  }
  return undefined
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
