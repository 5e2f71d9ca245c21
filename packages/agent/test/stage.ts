import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../src/clock.ts'
import { runSample } from '../src/sample.ts'
import { createFakeNetwork } from './fake-network.ts'
import type { FakeNetwork } from './fake-network.ts'

export const PERSONAS = join(import.meta.dirname, '../../../personas')

export interface FakeClock extends Clock {
  /** Calls back as soon as this time is reached. */
  at(time: number, act: () => void): void
}

const START = Date.parse('2026-03-02T09:00:00Z')

/** Time that passes only in pauses, at once. */
export function createFakeClock(): FakeClock {
  let time = START
  const plans: { time: number; act: () => void }[] = []
  return {
    now: () => time,
    pause: async (milliseconds, signal) => {
      signal.throwIfAborted()
      time += milliseconds
      for (const plan of plans.filter((each) => each.time <= time)) {
        plans.splice(plans.indexOf(plan), 1)
        plan.act()
      }
      await Promise.resolve()
      signal.throwIfAborted()
    },
    at: (after, act) => plans.push({ time: START + after, act }),
  }
}

export interface Run {
  readonly network: FakeNetwork
  readonly clock: FakeClock
  readonly lines: string[]
  readonly storePath: string
  /** Lives for so many milliseconds of its own time. */
  live(milliseconds: number): Promise<void>
}

export interface Staging {
  readonly seed?: string
  readonly personasPath?: string
}

export function stage({ seed = '1', personasPath = PERSONAS }: Staging = {}): Run {
  const clock = createFakeClock()
  const network = createFakeNetwork(clock.now)
  const lines: string[] = []
  const storePath = join(mkdtempSync(join(tmpdir(), 'clawdx-agent-')), 'keys', 'store.json')
  return {
    network,
    clock,
    lines,
    storePath,
    async live(milliseconds) {
      const stop = new AbortController()
      clock.at(clock.now() - START + milliseconds, () => stop.abort())
      const log = (line: string) => lines.push(line)
      const { url, adminToken } = network
      const options = { url, adminToken, storePath, personasPath, seed, clock, log, fetch: network.fetch }
      await runSample({ ...options, signal: stop.signal }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error
      })
    },
  }
}
