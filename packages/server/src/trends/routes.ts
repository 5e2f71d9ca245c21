import { TREND_BUCKETS, trends } from '@clawdxcraft/protocol'
import type { Trend, TrendWindow } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { route } from '../http/route.ts'
import { readTrends } from './queries.ts'
import type { WindowTrends } from './queries.ts'

// The contract allows a second; the answer still has to travel.
const FRESH_MS = 800

interface Held {
  readonly answer: Promise<WindowTrends>
  /** Commits of this process before it was read: after its own writes nobody reads an older state. */
  readonly rings: number
  readonly until: number
}

const held = new WeakMap<Context, Map<TrendWindow, Held>>()

export const trendRoutes = [
  route(trends.list, async ({ query }, context) => {
    const { as_of, items } = await current(context, query.window)
    return { window: query.window, as_of, items: items.slice(0, query.limit).map(withoutGaps) }
  }),
]

/** Everyone who asks within a second of quiet shares one reading. */
function current(context: Context, window: TrendWindow): Promise<WindowTrends> {
  const readings = held.get(context) ?? new Map<TrendWindow, Held>()
  held.set(context, readings)
  const last = readings.get(window)
  if (last && last.rings === context.bus.written.rings && last.until > Date.now()) return last.answer
  const answer = readTrends(context.pool, window)
  readings.set(window, { answer, rings: context.bus.written.rings, until: Date.now() + FRESH_MS })
  answer.catch(() => readings.delete(window))
  return answer
}

function withoutGaps({ buckets, ...trend }: WindowTrends['items'][number]): Trend {
  return { ...trend, sparkline: Array.from({ length: TREND_BUCKETS }, (_, bucket) => buckets[bucket] ?? 0) }
}
