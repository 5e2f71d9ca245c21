import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startEmbedded, type EmbeddedPostgres } from '../src/db/embedded.ts'

const settings = { fsync: 'off', shared_buffers: '16MB' }
const ownerScript = join(import.meta.dirname, 'embedded-owner.ts')
const inNamespace = ['unshare', '--user', '--map-user=1000', '--map-group=1000']
const isRoot = process.getuid?.() === 0
const canUnshare = spawnSync(inNamespace[0]!, [...inNamespace.slice(1), 'true']).status === 0

// One folder for all: a later start takes a tenth of the time of the first, which has to make the cluster.
let folder: string
let running: EmbeddedPostgres[]
let children: ChildProcess[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(() => {
  running = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const server of running) await server.stop()
})

async function start(dataDir = folder, more: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbedded(dataDir, { settings: { ...settings, ...more } })
  running.push(server)
  return server
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

async function spawnOwner(prefix: string[] = []): Promise<{ child: ChildProcess; url: string; uid: number }> {
  const [command, ...args] = [...prefix, process.execPath, ownerScript, folder]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, ...(JSON.parse(line) as { url: string; uid: number }) }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const pidFile = () => join(folder, 'postgres', 'postmaster.pid')
const postmasterPid = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0])

/** The living processes that work inside the cluster; a zombie has no working folder left. */
async function processesOnCluster(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return pids.filter((_, index) => folders[index]?.startsWith(folder))
}

test('a second start finds the data of the first', async () => {
  const first = await start()
  await query(first.url, `CREATE TABLE kept AS SELECT 'here' AS word`)
  await first.stop()
  const second = await start()
  expect(await query(second.url, 'SELECT word FROM kept')).toEqual(['here'])
  expect(await query(second.url, 'SHOW fsync')).toEqual(['off'])
  expect((await stat(join(folder, 'postgres'))).mode & 0o777).toBe(0o700)
})

test('text sorts by code point, and letters beyond ASCII are letters', async () => {
  const { url } = await start()
  expect(await query(url, `SELECT w FROM unnest(ARRAY['b', 'a', 'É', 'B', '文']) w ORDER BY w`)).toEqual(
    ['b', 'a', 'É', 'B', '文'].toSorted(),
  )
  expect(await query(url, `SELECT lower('ÉЯ')`)).toEqual(['éя'])
  await query(url, 'CREATE EXTENSION pg_trgm')
  expect(await query(url, `SELECT cardinality(show_trgm('привет'))`)).toEqual([7])
})

test('the server listens nowhere but on a socket of ours', async () => {
  const { url } = await start()
  expect(await query(url, 'SHOW listen_addresses')).toEqual([''])
  const [socketDir] = (await query(url, 'SHOW unix_socket_directories')) as [string]
  expect((await stat(socketDir)).mode & 0o777).toBe(0o700)
})

test('where the data folder has too long a path the socket lies elsewhere, and goes with the server', async () => {
  const long = join(folder, 'x'.repeat(90))
  const server = await start(long)
  const [socketDir] = (await query(server.url, 'SHOW unix_socket_directories')) as [string]
  expect(socketDir.startsWith(folder)).toBe(false)
  await server.stop()
  await expect(stat(socketDir)).rejects.toThrow('ENOENT')
})

test('a second starter is refused while the first lives, and does it no harm', async () => {
  const first = await start()
  await expect(start()).rejects.toMatchObject({ code: 'EDATAINUSE' })
  expect(await query(first.url, 'SELECT 1')).toEqual([1])
})

test('of two that start at once on a new folder one gets it', async () => {
  const empty = join(folder, 'empty')
  const results = await Promise.allSettled([start(empty), start(empty)])
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(['EDATAINUSE'])
  expect(await query(running[0]!.url, 'SELECT 1')).toEqual([1])
  expect(await readdir(empty)).not.toContainEqual(expect.stringContaining('init-'))
})

test('the server of an owner who was killed is adopted as it runs', async () => {
  const { child, url } = await spawnOwner()
  await query(url, 'CREATE TABLE adopted ()')
  const pid = await postmasterPid()
  await kill(child)
  const adopted = await start()
  expect(adopted.url).toBe(url)
  expect(await postmasterPid()).toBe(pid)
  expect(await query(adopted.url, `SELECT to_regclass('adopted')::text`)).toEqual(['adopted'])
})

test('a stale postmaster.pid whose number another process has does not block the start', async () => {
  const { child } = await spawnOwner()
  const pid = await postmasterPid()
  await kill(child)
  process.kill(pid, 'SIGKILL')
  await expect.poll(processesOnCluster).toEqual([])
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  children.push(stranger)
  const stale = (await readFile(pidFile(), 'utf8')).replace(/^\d+/, String(stranger.pid))
  await writeFile(pidFile(), stale)
  const { url } = await start()
  expect(await query(url, 'SELECT 1')).toEqual([1])
})

test('a server that is killed comes back for its owner', async () => {
  const { url } = await start()
  const killed = await postmasterPid()
  process.kill(killed, 'SIGKILL')
  // It is back when another postmaster runs and its owner has the lock again; before that anyone may take it.
  const patience = { timeout: 20_000 }
  await expect.poll(() => postmasterPid().catch(() => killed), patience).not.toBe(killed)
  const held = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted`
  await expect.poll(() => query(url, held).catch(() => 'down'), patience).toEqual([1])
  await expect(startEmbedded(folder)).rejects.toMatchObject({ code: 'EDATAINUSE' })
})

test('stop leaves no process, however often it is called', async () => {
  const server = await start()
  expect(await processesOnCluster()).not.toEqual([])
  await Promise.all([server.stop(), server.stop()])
  await server.stop()
  await expect.poll(processesOnCluster).toEqual([])
  await expect(stat(pidFile())).rejects.toThrow('ENOENT')
})

test('a start that fails says what PostgreSQL said', async () => {
  await expect(start(folder, { shared_buffers: 'plenty' })).rejects.toThrow(
    /invalid value for parameter "shared_buffers"/,
  )
})

test.runIf(isRoot && canUnshare)('an ordinary user can run it', async () => {
  const { child, url, uid } = await spawnOwner(inNamespace)
  expect(uid).toBe(1000)
  expect(await query(url, 'SELECT 1')).toEqual([1])
  await kill(child)
  await start()
})

test.runIf(isRoot)('root runs it in a folder that belongs to somebody else', async () => {
  const theirs = join(folder, 'theirs')
  await mkdir(theirs)
  await chmod(folder, 0o711)
  await chown(theirs, 65534, 65534)
  const server = await start(theirs)
  expect(await query(server.url, 'SELECT 1')).toEqual([1])
})
