import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** A clock that goes where it is put. Whoever waits for the network waits in real time all the same. */
export interface TownClock extends Clock {
  advance(milliseconds: number): void
}

/** Milliseconds since 1970, the same for every town: a Monday morning. */
const TOWN_BEGINS = Date.UTC(2026, 0, 5, 6)

export function createTownClock(): TownClock {
  let time = TOWN_BEGINS
  return {
    now: () => time,
    pause: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    advance(milliseconds) {
      time += milliseconds
    },
  }
}
