import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

const PORT = 6379
const LIMIT_MS = 10_000

/** A Redis of our own that may be killed at any time; it keeps nothing. */
export interface Redis {
  readonly url: string
  kill(): Promise<void>
  start(): Promise<void>
  /** Cuts off everyone who listens, and says how many those were. */
  cutListeners(): Promise<number>
}

/** `undefined` where no Redis is installed: the rest goes without. */
export async function startRedis(): Promise<Redis | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const names = ['redis-server', 'valkey-server']
  const program = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path))
  if (!program) return undefined
  let server = await launch(program)
  return {
    url: `redis://127.0.0.1:${PORT}`,
    async kill() {
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
    },
    async start() {
      server = await launch(program)
    },
    async cutListeners() {
      const socket = connect(PORT, '127.0.0.1').setTimeout(LIMIT_MS, () =>
        socket.destroy(new Error('Redis does not answer')),
      )
      socket.write('CLIENT KILL TYPE pubsub\r\n')
      const [answer] = (await once(socket, 'data')) as [Buffer]
      socket.destroy()
      return Number(String(answer).slice(1))
    },
  }
}

async function launch(program: string): Promise<ChildProcess> {
  const args = ['--port', String(PORT), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const tooLate = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('Ready to accept connections')) continue
    clearTimeout(tooLate)
    child.stdout.resume()
    return child
  }
  throw new Error('Redis did not start')
}
