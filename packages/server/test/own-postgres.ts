import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../src/db/embedded.ts'
import type { EmbeddedPostgres } from '../src/db/embedded.ts'

/** A PostgreSQL that a test may take down, kill and pause without harm to other tests. */
export interface OwnPostgres {
  readonly url: string
  /** Down in good order, as for maintenance, until it is started again at the same address. */
  stop(): Promise<void>
  start(): Promise<void>
  /** `kill -9` for the server and everyone who works for it. It is set on its feet again at once. */
  kill(): Promise<void>
  /** Stops its processes in their tracks: it takes connections and never answers. */
  pause(): Promise<void>
  resume(): Promise<void>
  remove(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'clawdx-outage-'))
  const begin = () => startEmbedded(folder, { settings: { fsync: 'off', shared_buffers: '16MB' } })
  let running: EmbeddedPostgres | undefined = await begin()
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await postgresPids(folder)) send(pid, name)
  }
  return {
    url: running.url,
    async stop() {
      await running?.stop()
      running = undefined
    },
    async start() {
      running ??= await begin()
    },
    kill: () => signal('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async remove() {
      await signal('SIGCONT')
      await running?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // One whose client has left ends by itself, and may be gone by now.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The PostgreSQL of a data folder: its first process and all that this has started; none where it is down. */
export async function postgresPids(dataDir: string): Promise<number[]> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const first = Number(file.split('\n')[0])
  if (!first || !(await parentOf(first))) return []
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(all.map(parentOf))
  return [first, ...all.filter((_, index) => parents[index] === first)]
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, name, state, parent] = /\((.*)\) (\S) (\d+)/s.exec(stat) ?? []
  return name === 'postgres' && state !== 'Z' ? Number(parent) : undefined
}
