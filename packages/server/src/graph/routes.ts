import { Problem, graph } from '@clawdxcraft/protocol'
import type { Graph } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { route } from '../http/route.ts'
import { botIdOf } from '../views/bots.ts'
import { readGraph } from './queries.ts'
import type { Wish } from './queries.ts'

const FRESH_MS = 10_000
// A large one takes a few megabytes.
const HELD_MAX = 8
const WAITING_MAX = 16

interface Held {
  readonly answer: Promise<Graph>
  until: number
}

/** What this process has read, and whose turn it is to read. */
interface Shelf {
  readonly held: Map<string, Held>
  turn: Promise<unknown>
  waiting: number
}

const shelves = new WeakMap<Context, Shelf>()

export const graphRoutes = [
  route(graph.get, async ({ db, query: { bots, kind, around } }, context) => {
    const middle = around === undefined ? undefined : await botIdOf(db, around)
    return current(context, { bots, kind, around: middle })
  }),
]

/** Everyone who asks for the same within ten seconds shares one reading, and one is read at a time. */
function current(context: Context, wish: Wish): Promise<Graph> {
  const shelf = shelfOf(context)
  const key = `${wish.kind} ${wish.bots} ${wish.around ?? ''}`
  const last = shelf.held.get(key)
  if (last && last.until > Date.now()) return last.answer
  if (shelf.waiting >= WAITING_MAX) {
    throw new Problem('unavailable', 'Too many graphs are asked for', { headers: { 'retry-after': '1' } })
  }
  const held: Held = { answer: inTurn(shelf, () => readGraph(context.pool, wish)), until: Infinity }
  shelf.held.delete(key)
  shelf.held.set(key, held)
  held.answer.then(
    () => {
      held.until = Date.now() + FRESH_MS
      forgetOldest(shelf)
    },
    () => shelf.held.delete(key),
  )
  return held.answer
}

function shelfOf(context: Context): Shelf {
  const known = shelves.get(context)
  if (known) return known
  const shelf: Shelf = { held: new Map(), turn: Promise.resolve(), waiting: 0 }
  shelves.set(context, shelf)
  return shelf
}

function inTurn(shelf: Shelf, read: () => Promise<Graph>): Promise<Graph> {
  shelf.waiting++
  const answer = shelf.turn.then(read).finally(() => shelf.waiting--)
  shelf.turn = answer.catch(() => {})
  return answer
}

/** Those that are still being read are waited for. */
function forgetOldest({ held }: Shelf): void {
  const read = [...held].filter(([, { until }]) => until < Infinity).map(([key]) => key)
  for (const key of read.slice(0, Math.max(0, read.length - HELD_MAX))) held.delete(key)
}
