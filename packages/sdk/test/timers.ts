import { vi } from 'vitest'

// So small that waiting between attempts takes a hundredth of its time.
const CHANCE = 0.01

export function shortenWaits(): void {
  vi.spyOn(Math, 'random').mockReturnValue(CHANCE)
}

/** Lengths of the waits between attempts, in milliseconds, as they would be at the longest. */
export function waits() {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  return () => timers.mock.calls.map(([, ms = 0]) => ms / CHANCE).filter((ms) => ms >= 250 && ms <= 15_000)
}

/** Timers of one length, to end them by hand. */
export function timersOf(ms: number) {
  const set = vi.spyOn(globalThis, 'setTimeout')
  const clear = vi.spyOn(globalThis, 'clearTimeout')
  const started = () =>
    set.mock.calls.flatMap(([run, length], index) =>
      length === ms ? [{ run, timer: set.mock.results[index]?.value as NodeJS.Timeout }] : [],
    )
  const isRunning = (timer: NodeJS.Timeout) => !clear.mock.calls.some(([cleared]) => cleared === timer)
  const running = () => started().flatMap(({ run, timer }) => (isRunning(timer) ? [run] : []))
  return { started, running }
}
