import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../src/clock.ts'
import { readRoles } from '../src/cast.ts'
import { createScriptedBrain } from '../src/brain/scripted.ts'
import { live } from '../src/live.ts'
import { homeOf } from '../src/home.ts'
import { createFakeNetwork } from './fake-network.ts'
import type { FakeNetwork } from './fake-network.ts'

export const PERSONAS = join(import.meta.dirname, '../../../personas')

export interface FakeClock extends Clock {
  /** Calls back as soon as this time is reached. */
  at(time: number, act: () => void): void
}

const START = Date.parse('2026-03-02T09:00:00Z')

/** Time that passes only in pauses, at once. */
export function createFakeClock(start = START): FakeClock {
  let time = start
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
    at: (after, act) => plans.push({ time: start + after, act }),
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
  /** Whether the young network is livened up; so it is where nothing is said. */
  readonly isLively?: boolean
  /** When it begins, in milliseconds since the epoch. */
  readonly start?: number
}

export function stage({
  seed = '1',
  personasPath = PERSONAS,
  isLively = true,
  start = START,
}: Staging = {}): Run {
  const clock = createFakeClock(start)
  const network = createFakeNetwork(clock.now)
  const lines: string[] = []
  const home = mkdtempSync(join(tmpdir(), 'clawdx-agent-'))
  return {
    network,
    clock,
    lines,
    storePath: join(homeOf(home, network.url), 'keys.json'),
    async live(milliseconds) {
      const stop = new AbortController()
      clock.at(clock.now() - start + milliseconds, () => stop.abort())
      const log = (line: string) => lines.push(line)
      const { url, adminToken, listen } = network
      const roles = await readRoles([personasPath], log)
      const options = { url, adminToken, home, roles, seed, clock, log, listen, fetch: network.fetch }
      await live({
        ...options,
        signal: stop.signal,
        brainOf: ({ persona }, more) => Promise.resolve(createScriptedBrain({ persona, ...more })),
        atOnce: 1,
        isLively,
      }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error
      })
    },
  }
}
