import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds of the one clock that all processes of a machine share, so that one may send and another receive. */
export const now = () => Number(process.hrtime.bigint()) / 1e6

export interface Pace {
  readonly perSecond: number
  readonly seconds: number
  /** How many at once; 1 where nothing is said. */
  readonly burst?: number
}

/** How many times `pace` acts. */
export function countOf({ perSecond, seconds, burst = 1 }: Pace): number {
  return Math.ceil((perSecond * seconds) / burst) * burst
}

/** Acts at the times that the pace names, whether or not earlier acts are over: an open loop. */
export async function pace(at: Pace, act: () => void): Promise<void> {
  const { perSecond, burst = 1 } = at
  const began = now()
  const count = countOf(at)
  for (let done = 0; done < count; done++) {
    if (done % burst === 0) {
      const early = began + (done / perSecond) * 1000 - now()
      if (early > 0) await sleep(early)
    }
    act()
  }
}
