import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import type { Reader, SharedChunks } from './reader.ts'
import type { Tailer } from './tailer.ts'

// A round over ten thousand sockets takes a tenth of a second; requests must not wait for all of it.
const TURN = 200
const IDLE_MS = 60_000
// Twice as long as a round took, others have the process. What comes meanwhile goes out in one write with the next.
const REST = 2
const REST_MAX_MS = 100

/** Moves all readers on whenever the log has grown. Ends their connections when it is another log. */
export async function runPump(
  tailer: Tailer,
  readers: ReadonlySet<Reader>,
  onAnotherLog: () => void,
  signal: AbortSignal,
): Promise<void> {
  let { epoch, head } = tailer
  while (!signal.aborted) {
    if (tailer.epoch === epoch && tailer.head === head) await tailer.grown.wait(IDLE_MS, signal)
    if (tailer.epoch !== epoch || tailer.head < head) onAnotherLog()
    ;({ epoch, head } = tailer)
    const began = performance.now()
    await round(readers)
    const rest = Math.min(REST_MAX_MS, REST * (performance.now() - began))
    if (rest >= 1) await sleep(rest, undefined, { signal }).catch(() => {})
  }
}

async function round(readers: ReadonlySet<Reader>): Promise<void> {
  const shared: SharedChunks = new Map()
  let moved = 0
  for (const reader of readers) {
    reader.pull(shared)
    if (++moved % TURN === 0) await turn()
  }
}
