import { parseArgs } from 'node:util'
import { restore } from './restore.ts'
import type { Restored } from './restore.ts'
import type { Db } from '../db/pool.ts'

export const RESTORE_USAGE = `Usage: npm run restore -- <file> [--changed-audit-log]

Reads a backup into the empty database of DATABASE_URL or CLAWDX_DATA_DIR, while no server runs on it.

  --changed-audit-log  take it although rows of its audit log were changed or taken out
`
const EXIT_REFUSED = 1
const EXIT_INTERRUPTED = 130

export interface RestoreArguments {
  readonly path: string
  readonly isTakenAsItIs: boolean
}

export function readRestoreArguments(args: readonly string[]): RestoreArguments | undefined {
  try {
    const options = { 'changed-audit-log': { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [path, another] = positionals
    if (path === undefined || another !== undefined) return undefined
    return { path, isTakenAsItIs: values['changed-audit-log'] }
  } catch {
    return undefined
  }
}

interface RestoreOptions extends RestoreArguments {
  readonly databaseUrl: string
  readonly signal: AbortSignal
  readonly faultsOf: (tx: Db) => Promise<readonly string[]>
}

/** `npm run restore`: says what was restored, or why nothing was. Returns the exit code. */
export async function runRestore(options: RestoreOptions): Promise<number> {
  try {
    process.stdout.write(report(await restore(options)))
    return 0
  } catch (error) {
    if (options.signal.aborted) return EXIT_INTERRUPTED
    process.stderr.write(
      `Nothing was restored from ${options.path}: ${wordsFor(error as NodeJS.ErrnoException)}\n`,
    )
    return EXIT_REFUSED
  }
}

function report({ head, rows, faults }: Restored): string {
  const lines = Object.entries(rows).map(
    ([name, count]) => `  ${name.padEnd(20)} ${count.toLocaleString('en').padStart(12)}`,
  )
  const changed = faults.map((fault) => `The audit log is not as it was written: ${fault}`)
  const end = 'The log of events has a new epoch: clients of the live feed begin anew.'
  return `${[...lines, ...changed, `Restored what was there at ${head.at}. ${end}`].join('\n')}\n`
}

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'Z_BUF_ERROR') return 'it is half a file'
  if (code?.startsWith('Z_')) return 'it is not as it was written'
  if (code === 'ENOENT') return 'there is no such file'
  return message
}
