import type { ParseArgsConfig } from 'node:util'
import type { Settings } from './settings.ts'
import type { Terminal } from './town/progress.ts'

/** One command of `clawdx-agent`. */
export interface Command {
  /** A line for the list of all commands. */
  readonly summary: string
  /** What `clawdx-agent <command> --help` prints. */
  readonly usage: string
  /** How many words it takes beside its options, at most; as many as there are where nothing is said. */
  readonly words?: number
  /** As `parseArgs` of `node:util` wants them; it is strict. */
  readonly options: NonNullable<ParseArgsConfig['options']>
  /** Resolves to the exit code. A `CommandFailure` becomes its message and its code. */
  run(call: Call): Promise<number>
}

export interface Call {
  readonly positionals: readonly string[]
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  readonly settings: Settings
  /** A line of the result, to stdout. */
  readonly print: (line: string) => void
  /** A line of progress or trouble, to stderr. */
  readonly log: (line: string) => void
  /** Where progress is told. */
  readonly terminal: Terminal
  /** Aborts when the program is asked to end. */
  readonly signal: AbortSignal
}

/** Exit codes, the same for every command. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  auth: 4,
  notFound: 5,
  validation: 6,
  limited: 7,
  configuration: 78,
  interrupted: 130,
} as const

/** Ends a command with a code and words that say what to do. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

interface Range {
  readonly min: number
  readonly max: number
}

/** The number of an option; `undefined` where it was not given. Throws where it is none, or out of range. */
export function numberOf(values: Call['values'], name: string, { min, max }: Range): number | undefined {
  const value = values[name]
  if (value === undefined) return undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
  if (number >= min && number <= max) return number
  throw new CommandFailure(EXIT.usage, `--${name} must be a number from ${min} to ${max}`)
}

/** The text of an option; `undefined` where it was not given. */
export function textOf(values: Call['values'], name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** The whole number of an option that has a default, from 1 on. Throws where it is none. */
export function wholeOf(values: Call['values'], name: string, max: number): number {
  const number = numberOf(values, name, { min: 1, max }) ?? 1
  if (Number.isInteger(number)) return number
  throw new CommandFailure(EXIT.usage, `--${name} must be a whole number`)
}
