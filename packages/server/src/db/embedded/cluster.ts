import { randomBytes } from 'node:crypto'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { disown } from './postmaster.ts'
import type { Programs } from './programs.ts'

/** Where a cluster lives and how it is to run. */
export interface Place {
  folder: string
  cluster: string
  settings: Record<string, string>
  programs: Programs
  /** Chosen when first needed; a server that already runs brings its own. */
  socketDir: string
}

export const superuser = 'clawdx'
const windows = process.platform === 'win32'
const farPrefix = 'clawdx-'
const maxLogBytes = 10 * 1024 * 1024

// For a small machine that runs everything beside the database.
const defaults: Record<string, string> = {
  max_connections: '200',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  synchronous_commit: 'on',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A failed statement is its caller's to report, and may hold private text.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}

export async function createCluster(place: Place): Promise<void> {
  if (await isCluster(place.cluster)) return
  await removeUnfinished(place.folder)
  // Made beside and then renamed: an initdb that is killed leaves no half cluster, and of two the slower one yields.
  const unfinished = await mkdtemp(join(place.folder, 'postgres.init-'))
  try {
    await place.programs.own(unfinished)
    await initialize(place, unfinished)
    await appendFile(join(unfinished, 'postgresql.conf'), `\ninclude_if_exists = 'clawdxcraft.conf'\n`)
    await rename(unfinished, place.cluster)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await isCluster(place.cluster))) throw error
  }
}

async function initialize(place: Place, into: string): Promise<void> {
  const args = ['-D', into, '-U', superuser, '-E', 'UTF8']
  // The builtin provider orders by code point, everywhere and forever.
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  if (place.settings.fsync === 'off') args.push('--no-sync')
  if (windows) {
    const secret = randomBytes(24).toString('base64url')
    await writeFile(join(into, '..', 'postgres.password'), secret, { mode: 0o600 })
    args.push('--auth=scram-sha-256', `--pwfile=${join(into, '..', 'postgres.password')}`)
  } else args.push('--auth-local=trust', '--auth-host=reject')

  // pg_trgm still asks the system what a letter is; under C it would drop every one beyond ASCII.
  const ctype = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  let ran = await place.programs.run('initdb', windows ? args : [...args, `--lc-ctype=${ctype}`])
  if (ran.output.includes('invalid locale name')) ran = await place.programs.run('initdb', args)
  if (ran.code !== 0)
    throw new Error(`Could not create the database cluster in ${into}:\n${ran.output.trim()}`)
}

/** Starts a server on the cluster, detached from this process and its terminal; it answers when this returns. */
export async function launch(place: Place): Promise<void> {
  place.socketDir ||= await makeSocketDir(place)
  await disown(place.cluster, place.socketDir)
  await writeSettings(place)
  const log = join(place.folder, 'postgres.log')
  const begin = await prepareLog(place, log)
  const args = ['start', '-D', place.cluster, '-l', log, '-w', '-t', '300', '-s']
  const ran = await place.programs.run('pg_ctl', args)
  if (ran.code === 0) return
  const said = (await readFile(log)).subarray(begin).toString('utf8').trimEnd().split('\n').slice(-20)
  throw new Error(`PostgreSQL did not start on ${place.cluster}:\n${[ran.output.trim(), ...said].join('\n')}`)
}

/** Stops the server that runs on the cluster, if any: politely first, for a hung one by its emergency exit. */
export async function shutDown(place: Place): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    const ran = await place.programs.run('pg_ctl', [
      'stop',
      '-D',
      place.cluster,
      '-m',
      mode,
      '-w',
      '-t',
      '60',
      '-s',
    ])
    if (ran.code === 0 || !(await exists(join(place.cluster, 'postmaster.pid')))) break
  }
  if (basename(place.socketDir).startsWith(farPrefix))
    await rm(place.socketDir, { recursive: true, force: true })
}

/** How node-postgres and libpq reach a database of the server at that socket folder or port. */
export async function urlOf(
  place: Pick<Place, 'folder'>,
  at: { port: number; socketDir: string },
  database: string,
): Promise<string> {
  if (!windows) {
    const query = new URLSearchParams({ host: at.socketDir, port: String(at.port), sslmode: 'disable' })
    return `postgresql://${superuser}@/${database}?${query.toString()}`
  }
  const secret = await readFile(join(place.folder, 'postgres.password'), 'utf8')
  return `postgresql://${superuser}:${secret}@127.0.0.1:${at.port}/${database}?sslmode=disable`
}

async function makeSocketDir(place: Place): Promise<string> {
  if (windows) return ''
  // The path of a unix socket has room for about a hundred bytes.
  const near = join(place.folder, 'postgres.socket')
  const fits = Buffer.byteLength(join(near, '.s.PGSQL.5432')) < 100
  if (fits) await mkdir(near, { recursive: true, mode: 0o700 })
  const chosen = fits ? near : await mkdtemp(join(tmpdir(), farPrefix))
  await place.programs.own(chosen)
  return chosen
}

async function writeSettings(place: Place): Promise<void> {
  const settings = {
    ...defaults,
    ...place.settings,
    listen_addresses: windows ? '127.0.0.1' : '',
    unix_socket_directories: place.socketDir,
    port: windows ? String(await freePort()) : '5432',
  }
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll(/['\\]/g, '$&$&')}'`,
  )
  const file = join(place.cluster, 'clawdxcraft.conf')
  // Renamed into place: another process may be starting a server right now, and half a file is a wrong one.
  const written = `${file}.${process.pid}`
  await writeFile(written, `# Written at every start; ALTER SYSTEM overrides it.\n${lines.join('\n')}\n`)
  await place.programs.own(written)
  await rename(written, file)
}

/** Keeps the log bounded and returns where this start's lines will begin. */
async function prepareLog(place: Place, log: string): Promise<number> {
  const size = await stat(log).then(
    ({ size }) => size,
    () => 0,
  )
  if (size > maxLogBytes) await rename(log, `${log}.1`)
  await (await open(log, 'a', 0o600)).close()
  await place.programs.own(log)
  return size > maxLogBytes ? 0 : size
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('postgres.init-')) continue
    const path = join(folder, name)
    // A younger one may be another process at work.
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > 600_000) await rm(path, { recursive: true, force: true })
  }
}

export const isCluster = (path: string) => exists(join(path, 'PG_VERSION'))

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
