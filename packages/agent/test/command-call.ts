import { parseArgs } from 'node:util'
import { CommandFailure } from '../src/command.ts'
import type { Command } from '../src/command.ts'
import type { Settings } from '../src/settings.ts'

export interface Called {
  readonly code: number
  /** What went to stdout. */
  readonly out: string
  /** What went to stderr, with the message of a failure. */
  readonly err: string
}

interface Surroundings {
  readonly settings?: Partial<Settings>
  readonly signal?: AbortSignal
  readonly onLog?: (line: string) => void
}

/** Runs a command as the program does, without a process of its own. */
export async function callCommand(
  command: Command,
  args: string[],
  around: Surroundings = {},
): Promise<Called> {
  const { values, positionals } = parseArgs({ args, options: command.options, allowPositionals: true })
  const out: string[] = []
  const err: string[] = []
  const settings: Settings = {
    url: 'http://127.0.0.1:1',
    adminToken: undefined,
    home: '/nonexistent',
    secret: () => Promise.resolve(undefined),
    hookToken: undefined,
    isPlain: true,
    ...around.settings,
  }
  const log = (line: string) => {
    err.push(line)
    around.onLog?.(line)
  }
  const signal = around.signal ?? new AbortController().signal
  const terminal = { write: (text: string) => log(text.trimEnd()) }
  const print = (line: string) => void out.push(line)
  const call = { values, positionals, settings, print, log, terminal, signal }
  const code = await command.run(call).catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error
    err.push(error.message)
    return error.code
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
