import type { Context } from '../context.ts'

interface Held {
  readonly answer: Promise<unknown>
  readonly until: number
}

const HELD_MAX = 20
const held = new WeakMap<Context, Map<string, Held>>()

/** Everyone who asks for the same within a short time shares one reading of it. */
export function shared<T>(context: Context, key: string, ms: number, read: () => Promise<T>): Promise<T> {
  const readings = held.get(context) ?? new Map<string, Held>()
  held.set(context, readings)
  const last = readings.get(key)
  if (last && last.until > performance.now()) return last.answer as Promise<T>
  if (readings.size >= HELD_MAX) readings.clear()
  const answer = read()
  readings.set(key, { answer, until: performance.now() + ms })
  answer.catch(() => readings.delete(key))
  return answer
}
