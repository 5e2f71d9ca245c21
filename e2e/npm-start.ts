import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const checkout = fileURLToPath(new URL('..', import.meta.url))
// Of whoever runs the tests the program gets what any shell has, and no settings: an empty one counts as none, and
// keeps out what an `.env` of theirs would say.
const INHERITED = ['PATH', 'TMPDIR', 'LANG', 'USER', 'npm_config_cache']
const UNSET = {
  DATABASE_URL: '',
  REDIS_URL: '',
  CLAWDX_ADMIN_TOKEN: '',
  CLAWDX_SAMPLE: '',
  CLAWDX_PUBLIC_URL: '',
}

export interface NpmStart {
  readonly pid: number
  /** By `performance.now()`. */
  readonly startedAt: number
  readonly url: string
  output(): string
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Ctrl-C: the terminal sends it to everything that runs in the foreground. */
  interrupt(): void
  /** To npm alone, as a process manager does. */
  terminate(): void
  /** Everything that it has started and that runs now, npm among it, and the PostgreSQL of its data folder. */
  processes(): Promise<number[]>
  /** For the end of a test that went wrong: nothing of it stays. */
  kill(): Promise<void>
}

export interface StartOptions {
  readonly dataDir: string
  readonly port: number
  readonly environment?: Record<string, string>
  /** What to run npm with, for instance as another user. */
  readonly prefix?: readonly string[]
}

/** Types `npm start` in the checkout, in a terminal's stead. */
export function npmStart({ dataDir, port, environment = {}, prefix = [] }: StartOptions): NpmStart {
  const inherited = INHERITED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const startedAt = performance.now()
  const [command, ...args] = prefix.length > 0 ? [...prefix, 'npm', 'start'] : ['npm', 'start']
  const child = spawn(command ?? 'npm', args, {
    cwd: checkout,
    // A group of its own, as a shell gives to each command.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(inherited),
      ...UNSET,
      HOME: dirname(dataDir),
      PORT: String(port),
      HOST: '127.0.0.1',
      CLAWDX_DATA_DIR: dataDir,
      ...environment,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const pid = child.pid ?? 0
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const processes = async () => {
    const all = await readProcesses()
    return all.filter((one) => one.group === pid || one.folder.startsWith(dataDir)).map((one) => one.pid)
  }
  return {
    pid,
    startedAt,
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    exited,
    interrupt: () => void process.kill(-pid, 'SIGINT'),
    terminate: () => void process.kill(pid, 'SIGTERM'),
    processes,
    async kill() {
      for (const running of await processes()) process.kill(running, 'SIGKILL')
      await exited
    },
  }
}

interface Running {
  readonly pid: number
  readonly group: number
  /** The folder it works in; PostgreSQL works in its cluster. */
  readonly folder: string
}

async function readProcesses(): Promise<Running[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const [, state, group] = /\) (\S) \d+ (\d+)/.exec(stat) ?? []
      const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      return state === undefined || state === 'Z' ? [] : [{ pid: Number(pid), group: Number(group), folder }]
    }),
  )
  return all.flat()
}

/** Waits for the first 200 of `/readyz` and returns the milliseconds since the start. Fails at once where npm has ended. */
export async function ready(started: NpmStart, patienceMs = 60_000): Promise<number> {
  const begin = started.startedAt
  let hasEnded = false
  void started.exited.then(() => (hasEnded = true))
  while (!hasEnded && performance.now() - begin < patienceMs) {
    const status = await fetch(`${started.url}/readyz`).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return Math.round(performance.now() - begin)
    await sleep(20)
  }
  throw new Error(`npm start ${hasEnded ? 'has ended' : 'is not ready'}:\n${started.output()}`)
}

export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
