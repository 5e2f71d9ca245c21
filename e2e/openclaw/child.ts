import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { until } from './wait.ts'

const STOP_MS = 15_000
const OUTPUT_KEPT = 20_000
// What a program needs of the outside; settings and keys of whoever runs this must not get in.
const INHERITED = [
  'PATH',
  'LANG',
  'TZ',
  'USER',
  'npm_config_registry',
  'npm_config_cache',
  'npm_config_userconfig',
]

export interface Command {
  /** The program and its arguments. */
  readonly run: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<NodeJS.ProcessEnv>
}

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** What it has written last, to both of its outputs. */
  output(): string
}

/** Starts a program and waits until it is ready; where it does not get there, it is stopped again. */
export async function startChild(
  command: Command,
  ready: { readonly url: string; readonly ms: number; readonly status?: number },
  signal: AbortSignal,
): Promise<Child> {
  const { process: child, output } = await launch(command)
  const started = { pid: child.pid ?? 0, output, [Symbol.asyncDispose]: () => stop(child) }
  const look = async () => {
    if (hasEnded(child)) return 'ended'
    const { status } = await fetch(ready.url, { signal: AbortSignal.timeout(2_000) })
    return status === (ready.status ?? 200) ? 'ready' : undefined
  }
  try {
    const state = await until({ what: 'sign of being ready', ms: ready.ms, signal }, look)
    if (state === 'ready') return started
    throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`)
  } catch (error) {
    await stop(child)
    signal.throwIfAborted()
    throw new Error(`${command.run.join(' ')}: ${(error as Error).message}\n${output()}`, { cause: error })
  }
}

/** Runs a program to its end, and returns what it has written; rejects where it fails. */
export async function runChild(command: Command, ms: number, signal: AbortSignal): Promise<string> {
  const { process: child, output } = await launch(command)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms)])
  try {
    const [code] = (await once(child, 'close', { signal: limit })) as [number | null]
    if (code === 0) return output()
    throw new Error(`${command.run.join(' ')}: it ended with ${code}\n${output()}`)
  } finally {
    await stop(child)
  }
}

async function launch({ run: [program = '', ...args], cwd, environment }: Command) {
  const inherited = INHERITED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const child = spawn(program, args, {
    cwd,
    // A group of its own: Ctrl-C reaches it through us, and what it has started ends with it.
    detached: true,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_KEPT)))
  }
  await once(child, 'spawn')
  const kill = () => killGroup(child)
  process.once('exit', kill)
  child.once('exit', () => {
    process.off('exit', kill)
    // What it leaves behind of its group; later the number may be somebody else's.
    kill()
  })
  return { process: child, output: () => output }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const killing = setTimeout(() => killGroup(child), STOP_MS)
  await exited
  clearTimeout(killing)
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** A port of the loopback address that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
