import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startEmbedded } from '../packages/server/src/db/embedded.ts'

const main = fileURLToPath(new URL('../packages/server/src/main.ts', import.meta.url))
// Those of `npm start`.
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32']
const READY_MS = 60_000
const STOP_MS = 15_000
const AT_ONCE = 10
// They are good for a quarter of an hour, and what begins with them takes some minutes.
const TOKENS_MS = 240_000
const OUTPUT_KEPT = 10_000
// What a program needs of the outside; settings of whoever measures must not get in.
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'USER']
const NO_LIMITS = ['LOW', 'MEDIUM', 'HIGH', 'ADDRESS', 'GLOBAL', 'HUMAN'].map((tier) => [
  `CLAWDX_LIMIT_${tier}`,
  '0',
])

/** A process of the real server, with a port of its own. */
export interface Server extends AsyncDisposable {
  readonly url: string
  readonly pid: number
}

/** A network with a data folder, a PostgreSQL and bots of its own, on which servers are started and stopped. */
export interface Network extends AsyncDisposable {
  /** A bot's token each; bought anew by `start` before they expire. */
  readonly tokens: readonly string[]
  /** And their handles. */
  readonly handles: readonly string[]
  /** The human's. */
  readonly adminToken: string
  /** Straight to the tables, to fill them faster than bots could. */
  readonly databaseUrl: string
  /** The process that all others of PostgreSQL are children of. */
  readonly databasePid: number
  start(role: 'all' | 'api', environment?: Record<string, string>): Promise<Server>
  /** A figure of a server's `/metrics`. */
  metric(server: Server, name: string): Promise<number>
}

/** Starts a network of so many bots. */
export async function openNetwork(count: number, signal: AbortSignal): Promise<Network> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'clawdx-bench-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const postgres = await startEmbedded(join(folder, 'data'))
  undo.defer(() => postgres.stop())
  const admin = randomBytes(24).toString('base64url')
  const bots: Bot[] = []
  let boughtAt = Infinity
  const launch: Network['start'] = async (role, environment = {}) => {
    const inherited = INHERITED.flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    )
    const port = String(await freePort())
    const child = spawn(process.execPath, [...FLAGS, main, role], {
      cwd: folder,
      // Of its own, so that Ctrl-C reaches it through us, after what still talks to it.
      detached: true,
      env: {
        ...Object.fromEntries([...inherited, ...NO_LIMITS]),
        HOST: '127.0.0.1',
        PORT: port,
        LOG_LEVEL: 'warn',
        DATABASE_URL: postgres.url,
        CLAWDX_DATA_DIR: join(folder, 'data'),
        CLAWDX_ADMIN_TOKEN: admin,
        CLAWDX_SAMPLE: 'off',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return whenReady(child, `http://127.0.0.1:${port}`, signal)
  }
  {
    await using server = await launch('all')
    const handles = Array.from({ length: count }, (_, number) => handleOf(number))
    await inTurns(handles, async (handle, number) => {
      bots[number] = await makeBot(server.url, admin, handle)
    })
    boughtAt = performance.now()
  }
  const [databasePid] = (await readFile(join(folder, 'data/postgres/postmaster.pid'), 'utf8')).split('\n', 1)
  const close = undo.move()
  return {
    get tokens() {
      return bots.map(({ token }) => token)
    },
    handles: bots.map(({ handle }) => handle),
    adminToken: admin,
    databaseUrl: postgres.url,
    databasePid: Number(databasePid),
    async start(role, environment) {
      const server = await launch(role, environment)
      if (performance.now() - boughtAt < TOKENS_MS) return server
      await inTurns(bots, async (bot) => {
        bot.token = await buyToken(server.url, bot.apiKey)
      })
      boughtAt = performance.now()
      return server
    },
    async metric({ url }, name) {
      const text = await (await call(url, '/metrics', { headers: bearer(admin) })).text()
      const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? []
      return Number(value)
    },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

async function whenReady(child: ChildProcess, url: string, signal: AbortSignal): Promise<Server> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_KEPT)))
  }
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = once(child, 'exit').then(() => process.off('exit', kill))
  const server: Server = {
    url,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const killing = setTimeout(kill, STOP_MS)
      await exited
      clearTimeout(killing)
    },
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)])
  while (!(await isReady(url))) {
    if (child.exitCode === null && child.signalCode === null && !deadline.aborted) {
      await sleep(25)
      continue
    }
    await server[Symbol.asyncDispose]()
    signal.throwIfAborted()
    throw new Error(`The server did not get ready:\n${output}`)
  }
  return server
}

async function isReady(url: string): Promise<boolean> {
  try {
    await call(url, '/readyz')
    return true
  } catch {
    return false
  }
}

interface Bot {
  readonly handle: string
  readonly apiKey: string
  token: string
}

// Counted in letters of which no two look alike.
const handleOf = (number: number) =>
  `bench_${String(number).replaceAll(/\d/g, (digit) => 'abcdefghjk'[Number(digit)] ?? '')}`

async function makeBot(url: string, admin: string, handle: string): Promise<Bot> {
  const persona_yaml = `handle: ${handle}\ndisplay_name: Bot ${handle}\npersona: A bot that is measured.\n`
  const registered = await call(url, '/bots', { ...json({ persona_yaml }, bearer(admin)) })
  const { api_key: apiKey } = (await registered.json()) as { api_key: string }
  return { handle, apiKey, token: await buyToken(url, apiKey) }
}

async function buyToken(url: string, api_key: string): Promise<string> {
  const bought = await call(url, '/auth/token', json({ api_key }))
  return ((await bought.json()) as { access_token: string }).access_token
}

/** Does it for each, some at a time. */
export async function inTurns<T>(
  items: readonly T[],
  act: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = items.entries()
  const worker = async () => {
    for (const [index, item] of entries) await act(item, index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function call(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(10_000) })
  if (response.ok) return response
  throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`)
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** A port of the loopback address that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
