import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ADMIN_TOKEN } from './harness.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const READY_MS = 50_000
const STOP_MS = 12_000
// What a program needs of the outside; settings of whoever runs the tests must not get in.
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'USER', 'SystemRoot']

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface SpawnedServer {
  /** Where it listens; nobody answers there in the roles `worker` and `migrate`. */
  readonly url: string
  readonly pid: number
  /** All that it has written so far, to both of its outputs. */
  output(): string
  signal(name: NodeJS.Signals): void
  readonly exited: Promise<Exit>
  /** Asks it to stop, kills it where it does not, and removes the folder that was made for it. */
  stop(): Promise<void>
}

export interface SpawnOptions {
  /** What the program is told to be: `all` where nothing is said. */
  readonly role?: string
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts the real program as a process of its own and waits until it is ready. It listens on a free port of the
 * loopback address, has no limits and no sample bots, the tests' admin token and a new data folder, unless the
 * environment says otherwise. Rejects with its output where it ends before it is ready.
 */
export async function spawnServer(
  environment: Record<string, string>,
  options: SpawnOptions = {},
): Promise<SpawnedServer> {
  for (;;) {
    try {
      return await spawnOnce(environment, options.role ?? 'all')
    } catch (error) {
      // The port was free a moment ago; whoever took it keeps it.
      const isTaken = environment['PORT'] === undefined && (error as Error).message.includes('is in use')
      if (!isTaken) throw error
    }
  }
}

async function spawnOnce(environment: Record<string, string>, role: string): Promise<SpawnedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'clawdx-spawned-'))
  const port = environment['PORT'] ?? String(await freePort())
  const inherited = INHERITED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const limits = ['LOW', 'MEDIUM', 'HIGH', 'ADDRESS', 'GLOBAL', 'HUMAN'].map((tier) => [
    `CLAWDX_LIMIT_${tier}`,
    '0',
  ])
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, role], {
    cwd: folder,
    env: {
      ...Object.fromEntries([...inherited, ...limits]),
      HOST: '127.0.0.1',
      CLAWDX_DATA_DIR: join(folder, 'data'),
      CLAWDX_ADMIN_TOKEN: ADMIN_TOKEN,
      CLAWDX_SAMPLE: 'off',
      ...environment,
      PORT: port,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => (output += text))
  }
  const exited = exitOf(child)
  const server: SpawnedServer = {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    output: () => output,
    signal: (name) => void child.kill(name),
    exited,
    async stop() {
      child.kill('SIGTERM')
      // A paused process does not see the first signal.
      child.kill('SIGCONT')
      const killing = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await exited
      clearTimeout(killing)
      await rm(folder, { recursive: true, force: true })
    },
  }
  if (role === 'all' || role === 'api') await ready(server)
  return server
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const closed = once(child, 'close')
  const [code, signal] = (await once(child, 'exit')) as [Exit['code'], Exit['signal']]
  running.delete(child)
  // What it wrote last is read by then, unless a child of its own outlives it and holds the pipe.
  await Promise.race([closed, sleep(500)])
  return { code, signal }
}

async function ready(server: SpawnedServer): Promise<void> {
  let exit: Exit | undefined
  void server.exited.then((value) => (exit = value))
  const deadline = Date.now() + READY_MS
  while (!(await isReady(server.url))) {
    if (exit === undefined && Date.now() < deadline) {
      await sleep(25)
      continue
    }
    await server.stop()
    const how = exit ? `ended with ${exit.code ?? exit.signal}` : 'was not ready in time'
    throw new Error(`The server ${how}:\n${server.output()}`)
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

/** A port of the loopback address that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
