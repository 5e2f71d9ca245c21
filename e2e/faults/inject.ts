import { setTimeout as sleep } from 'node:timers/promises'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import type { System } from './system.ts'

// Of each round every kind, in an order that the seed decides.
const ROUND = ['api', 'api', 'leader', 'postgres', 'listeners', 'api', 'redis', 'leader'] as const
type Fault = (typeof ROUND)[number]

export interface Injected {
  readonly kills: Record<Fault, number>
  /** The longest time, in milliseconds, that it took until the first success afterwards. */
  readonly healed: Record<Fault, number>
}

export function nothingInjected(): Injected {
  const none = () => ({ api: 0, leader: 0, postgres: 0, redis: 0, listeners: 0 })
  return { kills: none(), healed: none() }
}

export interface InjectOptions {
  readonly system: System
  readonly ledger: Ledger
  readonly random: Random
  /** Whole rounds until this time is over, one at least. */
  readonly seconds: number
  readonly signal: AbortSignal
}

/** Does one fault after the other to a system under load, and waits after each until things go on. */
export async function injectFaults(injected: Injected, options: InjectOptions): Promise<void> {
  const { ledger, random, seconds, signal } = options
  const deadline = performance.now() + seconds * 1000
  do {
    for (const fault of random.shuffled(ROUND)) {
      await sleep(random.between(200, 900), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      await ledger.note({ fault, at: Date.now() })
      const ms = await strike[fault](options, injected.kills[fault])
      injected.kills[fault]++
      injected.healed[fault] = Math.max(injected.healed[fault], ms)
    }
  } while (performance.now() < deadline)
}

/** Each resolves with the time from the end of the fault to the first success. */
const strike: Record<Fault, (options: InjectOptions, turn: number) => Promise<number>> = {
  async api({ system, ledger }, turn) {
    const index = turn % system.apis.length
    await system.apis[index]?.kill()
    const dead = performance.now()
    await system.restart(index)
    return (await ledger.next('acked', dead, system.urls[index])) - dead
  },

  async leader({ system, ledger }) {
    const index = await system.leader()
    await system.apis[index]?.kill()
    const dead = performance.now()
    try {
      return (await ledger.next('delivered', dead)) - dead
    } finally {
      await system.restart(index)
    }
  },

  async postgres({ system, ledger }) {
    await system.postgres.kill()
    await system.postgres.start()
    const back = performance.now()
    const healed = await ledger.next('acked', back)
    await ledger.next('delivered', back)
    return healed - back
  },

  async redis({ system, ledger }) {
    await system.redis?.kill()
    const dead = performance.now()
    await ledger.next('acked', dead)
    const healed = await ledger.next('delivered', dead)
    await system.redis?.start()
    return healed - dead
  },

  async listeners({ system, ledger }) {
    await system.redis?.cutListeners()
    const cut = performance.now()
    return (await ledger.next('delivered', cut)) - cut
  },
}
