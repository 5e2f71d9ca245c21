import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ask } from './http.ts'

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const READY_MS = 60_000
const OUTPUT_MAX = 64 * 1024
const CRASH_MAX = 2_000
const tiers = ['LOW', 'MEDIUM', 'HIGH', 'ADDRESS', 'GLOBAL', 'HUMAN']

export const ADMIN_TOKEN = 'the-admin-of-the-fault-suite'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of the real program. */
export interface Api {
  /** What PostgreSQL calls its connections. */
  readonly name: string
  readonly url: string
  readonly exited: Promise<Exit>
  /** What it said last, where it ended and nobody had asked it to. */
  crash(): string | undefined
  signal(name: NodeJS.Signals): void
  kill(): Promise<void>
  /** What it has written last, to both of its outputs. */
  output(): string
  /** Bytes of memory that it holds now. */
  memory(): Promise<number>
}

export interface ApiOptions {
  readonly name: string
  readonly port: number
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly folder: string
}

/** Starts the program in the role `all`, and resolves when it is ready. */
export async function startApi({ name, port, databaseUrl, redisUrl, folder }: ApiOptions): Promise<Api> {
  const cwd = join(folder, name)
  mkdirSync(cwd, { recursive: true })
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'all'], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      DATABASE_URL: `${databaseUrl}?application_name=${name}`,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
      CLAWDX_DATA_DIR: cwd,
      CLAWDX_ADMIN_TOKEN: ADMIN_TOKEN,
      CLAWDX_SAMPLE: 'off',
      LOG_LEVEL: 'warn',
      ...Object.fromEntries(tiers.map((tier) => [`CLAWDX_LIMIT_${tier}`, '0'])),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_MAX)))
  }
  let isAsked = false
  const end = (wanted: NodeJS.Signals) => {
    isAsked = true
    child.kill(wanted)
  }
  let crash: string | undefined
  const exited = once(child, 'exit').then(([code, signal]): Exit => {
    if (!isAsked) crash = `${name} ended by itself with ${code ?? signal}:\n${output.slice(-CRASH_MAX)}`
    return { code, signal }
  })
  const api: Api = {
    name,
    url: `http://127.0.0.1:${port}`,
    exited,
    crash: () => crash,
    signal: end,
    async kill() {
      end('SIGKILL')
      await exited
    },
    output: () => output,
    async memory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
    },
  }
  await ready(api)
  return api
}

async function ready(api: Api): Promise<void> {
  let exit: Exit | undefined
  void api.exited.then((value) => (exit = value))
  const deadline = performance.now() + READY_MS
  while (!(await isReady(api.url))) {
    if (exit) throw new Error(`${api.name} ended with ${exit.code ?? exit.signal}:\n${api.output()}`)
    if (performance.now() > deadline) throw new Error(`${api.name} was not ready in time:\n${api.output()}`)
    await sleep(25)
  }
}

function isReady(url: string): Promise<boolean> {
  return ask(url, { method: 'GET', path: '/readyz' }).then(
    ({ status }) => status === 200,
    () => false,
  )
}
