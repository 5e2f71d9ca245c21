// Runs the fault suite in namespaces of its own: what it kills, and the ports it takes, are nobody else's.
//   npm run faults -- [--minutes N] [--seed S] [--only kills,slow,…]
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Found } from './sections/section.ts'

const MINUTES_MAX = 240
// Beside the minutes that were asked for.
const LIMIT_MS = 15 * 60_000
const LONGEST_SEED = 2 ** 32

export interface Launched {
  /** By the name of the section; empty where it did not come to its end. */
  readonly results: Readonly<Record<string, Found>>
  readonly output: string
  readonly isWell: boolean
  /** The history of requests and faults, which stays where something broke. */
  readonly kept: string | undefined
}

export interface LaunchOptions {
  readonly seed: number
  readonly minutes?: number | undefined
  /** Names of sections, with commas between. */
  readonly only?: string | undefined
  /** Lets it finish early. */
  readonly signal?: AbortSignal
  /** Shows what it says at once. */
  readonly isLoud?: boolean
}

/** What to begin a command with for namespaces of its own, or `undefined` where this machine has none for us. */
export function findNamespaces(): string[] | undefined {
  const own = ['--pid', '--net', '--mount', '--fork', '--kill-child', '--mount-proc']
  const ways = [own, ['--user', '--map-root-user', ...own]]
  const works = (way: string[]) =>
    spawnSync('unshare', [...way, 'ip', 'link', 'set', 'lo', 'up']).status === 0
  const way = ways.find(works)
  return way && ['unshare', ...way]
}

export async function launch([program = '', ...way]: string[], options: LaunchOptions): Promise<Launched> {
  const { seed, minutes, only, signal, isLoud } = options
  const folder = mkdtempSync(join(tmpdir(), 'clawdx-faults-'))
  // Its PostgreSQL may have to run as another user, who must get through to its own folder.
  chmodSync(folder, 0o711)
  const args = ['--folder', folder, '--seed', String(seed)]
  if (minutes !== undefined) args.push('--minutes', String(minutes))
  if (only !== undefined) args.push('--only', only)
  // The shell is the first process in there, and buries the dead.
  const script = 'ip link set lo up && "$@"; exit $?'
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'main.ts'),
  ]
  const child = spawn(program, [...way, 'sh', '-c', script, 'sh', ...node, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C is for us alone; it is asked to end in good order.
    detached: true,
  })
  const tooLate = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS + (minutes ?? 0) * 60_000)
  const letGo = () => child.stdin.end()
  signal?.addEventListener('abort', letGo)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-100_000)
      if (isLoud) process.stdout.write(text)
    })
  }
  await once(child, 'close')
  clearTimeout(tooLate)
  signal?.removeEventListener('abort', letGo)
  const results = readResults(folder)
  rmSync(join(folder, 'run'), { recursive: true, force: true })
  const all = Object.values(results)
  const isWell = all.length > 0 && all.every(({ broken }) => broken.length === 0)
  if (isWell) rmSync(folder, { recursive: true, force: true })
  return { results, output, isWell, kept: isWell ? undefined : join(folder, 'history.jsonl') }
}

function readResults(folder: string): Launched['results'] {
  const file = join(folder, 'result.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Launched['results']) : {}
}

function readOptions(): LaunchOptions | undefined {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
  })
  const seed = Number(values.seed ?? Math.floor(Math.random() * LONGEST_SEED))
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
  const isValid = minutes === undefined || (minutes > 0 && minutes <= MINUTES_MAX)
  return isValid && Number.isInteger(seed) ? { seed, minutes, only: values.only } : undefined
}

async function runFromTerminal(): Promise<number> {
  const options = readOptions()
  if (!options) {
    console.error(`--minutes is a number up to ${MINUTES_MAX}, --seed a whole one`)
    return 2
  }
  const namespaces = findNamespaces()
  if (!namespaces) {
    console.error(
      'The fault suite needs namespaces of its own (unshare and ip, as root or with user namespaces)',
    )
    return 1
  }
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())
  console.log(`Seed ${options.seed}; --seed ${options.seed} repeats what is done and when`)
  const { isWell, kept } = await launch(namespaces, { ...options, signal: stop.signal, isLoud: true })
  if (!isWell) console.log(`What was written, and what came of it: ${kept}`)
  return isWell ? 0 : 1
}

if (process.argv[1] === import.meta.filename) process.exitCode = await runFromTerminal()
