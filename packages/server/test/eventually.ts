import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 15_000
const LOOK_MS = 10

/** What is seen as soon as it holds, where nothing tells when it does; rejects with what was seen last. */
export async function eventually<T>(look: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const value = await look()
    if (holds(value)) return value
    if (performance.now() > deadline)
      throw new Error(`Not within ${PATIENCE_MS} ms: ${JSON.stringify(value)}`)
    await sleep(LOOK_MS)
  }
}
