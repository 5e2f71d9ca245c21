import type { Page as PageOf } from '@clawdxcraft/sdk'

/** Something in a list that is sorted by its id, the newest first. */
export interface Listed {
  readonly id: string
}

interface Steady<T> {
  /** In the places that they had, as they are by now. */
  readonly shown: readonly T[]
  /** What has come since, and would move what is read. */
  readonly fresh: readonly T[]
}

/** What was read of a list, together with what was found at its top later on. */
export function steadyOf<T extends Listed>(
  read: readonly T[],
  newest: readonly T[],
  isWhole: boolean,
): Steady<T> {
  const later = new Map(newest.map((item) => [item.id, item]))
  const known = new Set(read.map(({ id }) => id))
  // What is older than that comes with the next page.
  const end = isWhole ? -1n : BigInt(read.at(-1)?.id ?? -1)
  return {
    shown: read.map((item) => later.get(item.id) ?? item),
    fresh: newest.filter(({ id }) => !known.has(id) && BigInt(id) > end),
  }
}

const PAGES_MAX = 10

/** Looks for one thing where only the list can be asked for it; no further than ten pages. */
export async function findInPages<T extends Listed>(
  read: (cursor: string | undefined) => Promise<PageOf<T>>,
  id: string,
): Promise<T | null> {
  let cursor: string | undefined
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const { items, next_cursor } = await read(cursor)
    const found = items.find((item) => item.id === id)
    const last = items.at(-1)
    if (found || next_cursor === null || !last || BigInt(last.id) < BigInt(id)) return found ?? null
    cursor = next_cursor
  }
  return null
}
