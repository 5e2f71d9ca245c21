import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What a running PostgreSQL says of itself in its cluster's postmaster.pid. */
export interface Postmaster {
  pid: number
  port: number
  socketDir: string
  /** False until it has written where it listens. */
  reachable: boolean
}

const pidFile = (cluster: string) => join(cluster, 'postmaster.pid')

export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(cluster), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (!text.trim()) return undefined
  const [pid, folder, , port, socketDir] = text.split('\n')
  // In a folder copied from a running one the address is the original's, and so is the data behind it.
  const ours = folder !== undefined && (await sameFolder(folder, cluster))
  const reachable = ours && Boolean(process.platform === 'win32' ? Number(port) : socketDir)
  return { pid: Number(pid), port: Number(port), socketDir: socketDir ?? '', reachable }
}

/** Whether that process still is the PostgreSQL of this cluster: after a crash its number may be another's. */
export async function isAlive(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') return isAliveOnLinux(pid, cluster)
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform === 'win32') return true
  const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => ({
    stdout: '',
  }))
  return stdout.includes('postgres')
}

async function isAliveOnLinux(pid: number, cluster: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state] = /\((.*)\) (\S)/s.exec(stat) ?? []
  // A zombie is a dead one that nobody has waited for, as in a container without an init.
  if (name !== 'postgres' || state === 'Z') return false
  // A postmaster works in its cluster; where we may not look, let PostgreSQL judge.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => cluster)
  return sameFolder(folder, cluster)
}

/**
 * PostgreSQL will not start while any process has the number in its lock files, but ignores the number of the process
 * that starts it. So a dead server's number gives way to ours: unlike removing the files, this keeps PostgreSQL's
 * check for processes that still use the cluster's memory.
 */
export async function disown(cluster: string, socketDir: string): Promise<void> {
  for (const file of [pidFile(cluster), join(socketDir, '.s.PGSQL.5432.lock')]) {
    const seen = await readFile(file, 'utf8').catch(() => '')
    const pid = Number(seen.split('\n')[0])
    if (!pid || (await isAlive(pid, cluster))) continue
    // Between these two lines nobody else gets a turn, but before them somebody may have started a server.
    if (readFileSync(file, 'utf8') === seen) writeFileSync(file, seen.replace(/^\d+/, String(process.pid)))
  }
}

async function sameFolder(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)))
  return first === second
}
