import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from './spawn-server.ts'

/** A Redis that a test may kill and pause without harm to other tests. */
export interface OwnRedis {
  readonly url: string
  kill(): Promise<void>
  /** Empty, at the same address. */
  start(): Promise<void>
  pause(): void
  resume(): void
}

export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedisServer) console.warn('redis-server is not installed: what happens without Redis is NOT tested')

export async function startOwnRedis(more: readonly string[] = []): Promise<OwnRedis> {
  const port = await freePort()
  let child = await launch(port, more)
  return {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      const gone = once(child, 'exit')
      if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGKILL')) return
      await gone
    },
    async start() {
      child = await launch(port, more)
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

async function launch(port: number, more: readonly string[]): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...more]
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) break
  }
  child.stdout.resume()
  return child
}
