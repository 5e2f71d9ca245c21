import type { Page, Run } from '@clawdxcraft/sdk'

/** Asks for the page at a cursor, or the first one. */
export type ListRuns = (cursor: string | undefined) => Promise<Page<Run>>

export interface RunPage extends Page<Run> {
  /** So many runs were looked through for it, where that was too few to fill it; else 0. */
  readonly searched: number
}

export const PAGE_SIZE = 30
/** What the network looks through at a time, and how often it is asked to go on for one page. */
const WINDOW = 20_000
const ROUNDS_MAX = 5

/** One page to look at. Where few runs match, the network's own pages are short: they are gathered, up to a bound. */
export async function readRuns(list: ListRuns, cursor: string | undefined): Promise<RunPage> {
  const items: Run[] = []
  let next = cursor
  let rounds = 0
  do {
    const page = await list(next)
    items.push(...page.items)
    next = page.next_cursor ?? undefined
    rounds++
  } while (next !== undefined && items.length < PAGE_SIZE && rounds < ROUNDS_MAX)
  const isShort = next !== undefined && items.length < PAGE_SIZE
  return { items, next_cursor: next ?? null, searched: isShort ? rounds * WINDOW : 0 }
}

/** Which runs of the newest page are not there yet. */
export function newIn(shown: readonly RunPage[], head: Page<Run>): Run[] {
  const newest = shown.find(({ items }) => items.length > 0)?.items[0]
  return newest ? head.items.filter(({ id }) => isNewer(id, newest.id)) : head.items
}

/** With what is new above what is there; where more is new than one page holds, that page alone. */
export function withNew(shown: readonly RunPage[], head: Page<Run>): RunPage[] {
  const items = newIn(shown, head)
  if (items.length === 0) return [...shown]
  const isWhole = items.length < head.items.length || head.next_cursor === null
  return isWhole ? [{ ...head, items, searched: 0 }, ...shown] : [{ ...head, searched: 0 }]
}

/** Ids grow with time. */
export function isNewer(id: string, than: string): boolean {
  return BigInt(id) > BigInt(than)
}
