// Measures the network from outside, each thing beside a limit on the same machine in the same run.
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { agents } from './agents/group.ts'
import type { Bench, Group, Thing } from './group.ts'
import { live } from './live/group.ts'
import { openNetwork } from './network.ts'
import { page } from './page/group.ts'
import { createProgress } from './progress.ts'
import { figuresOf, missed, tableOf } from './table.ts'
import type { Row } from './table.ts'
import { town } from './town/group.ts'

const groups: Record<string, Group> = { live, agents, town, page }

const USAGE = `Usage: npm run bench [-- [group …] [--quick] [--only <thing>]]

  --quick          only shows that it works, in a minute or two
  --only <thing>   things of that name: ${Object.values(groups)
    .flatMap(({ things }) => things.map(({ name }) => name))
    .join(', ')}

Without a group all of them:
${Object.entries(groups)
  .map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`)
  .join('\n')}
`
const EXIT_USAGE = 2
const EXIT_ABORTED = 130
// Others who use the machine show in the figures.
const [loadBefore = 0] = loadavg()
const results = join(import.meta.dirname, 'results')

const given = parse()
if (given === undefined) {
  process.stderr.write(USAGE)
  process.exitCode = EXIT_USAGE
} else if (process.platform !== 'linux') {
  process.stderr.write('The bench reads what processes use from /proc, which only Linux has.\n')
  process.exitCode = 1
} else {
  const asked = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => asked.abort())
  for (const name of given.names) {
    if (asked.signal.aborted) break
    await measure(name, given, asked.signal).catch((error: Error) => {
      if (!asked.signal.aborted) process.stderr.write(`${name} could not be measured: ${error.message}\n`)
      process.exitCode = asked.signal.aborted ? EXIT_ABORTED : 1
    })
  }
}

interface Given {
  readonly names: readonly string[]
  readonly isQuick: boolean
  readonly only: string | undefined
}

function parse(): Given | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
      allowPositionals: true,
    })
    const { quick: isQuick, only } = values
    const wanted = positionals.length > 0 ? positionals : Object.keys(groups)
    const names = wanted.filter((name) => thingsOf(name, only).length > 0)
    const isKnown = wanted.every((name) => Object.hasOwn(groups, name)) && names.length > 0
    return isKnown ? { names, isQuick, only } : undefined
  } catch {
    return undefined
  }
}

function thingsOf(group: string, only: string | undefined): Thing[] {
  return (groups[group]?.things ?? []).filter(({ name }) => only === undefined || name === only)
}

async function measure(name: string, { isQuick, only }: Given, signal: AbortSignal): Promise<void> {
  const things = thingsOf(name, only)
  const progress = createProgress(things.length)
  progress.tell(`${name}: starting a network`)
  await using network = await openNetwork(groups[name]?.bots ?? 0, signal)
  const bench: Bench = { network, isQuick, signal, tell: (what) => progress.tell(what) }
  const rows: Row[] = []
  const failures: string[] = []
  for (const thing of things) {
    try {
      rows.push(...(await thing(bench)))
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`${thing.name} could not be measured: ${(error as Error).message}`)
    }
    progress.advance()
  }
  progress.end()
  await publish(name, { ...circumstances(), rows })
  for (const failure of failures) process.stderr.write(`${failure}\n`)
  if (failures.length > 0) process.exitCode = 1
}

interface Report extends ReturnType<typeof circumstances> {
  readonly rows: readonly Row[]
}

/** The table to stdout, the same with every run to a file. */
async function publish(name: string, report: Report): Promise<void> {
  const { date, commit, machine, node, load, command, rows } = report
  process.stdout.write(
    `\`${command}\` on ${date}, commit ${commit}, ${machine}, load ${load} before, Node ${node}.\n` +
      `Median of the runs (least–most).\n\n${tableOf(rows)}`,
  )
  await mkdir(results, { recursive: true })
  const file = join(results, `${name}.json`)
  const figures = rows.map((row) => ({ ...row, figures: figuresOf(row), missed: missed(row) }))
  await writeFile(file, `${JSON.stringify({ ...report, rows: figures }, null, 2)}\n`)
  process.stderr.write(`Every run is in ${file}\n`)
}

function circumstances() {
  const gib = Math.round(totalmem() / 1024 ** 3)
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${gib} GiB`,
    node: process.version.slice(1),
    load: loadBefore.toFixed(1),
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
