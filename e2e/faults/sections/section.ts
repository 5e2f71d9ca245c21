import type { Random } from '../random.ts'
import type { System } from '../system.ts'

/** What every part of a run gets. */
export interface Run {
  readonly system: System
  readonly random: Random
  /** Of the long form; `undefined` in the short one. */
  readonly minutes: number | undefined
  readonly historyFile: string
  readonly signal: AbortSignal
  say(line: string): void
}

/** What a part of a run found. */
export interface Found {
  /** In words, what did not hold; nothing where all is well. */
  readonly broken: readonly string[]
  /** What was seen, for those who look on. */
  readonly figures: Readonly<Record<string, unknown>>
}

export type Section = (run: Run) => Promise<Found>

/** The words of those that are so. */
export function those(cases: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(cases).filter((words) => cases[words])
}
