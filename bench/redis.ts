import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from './network.ts'

/** A Redis that may be killed without harm to anyone else. */
export interface Redis extends AsyncDisposable {
  readonly url: string
  start(): Promise<void>
  kill(): Promise<void>
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  let kill = await launch(port)
  return {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      kill = await launch(port)
    },
    kill: () => kill(),
    [Symbol.asyncDispose]: () => kill(),
  }
}

async function launch(port: number): Promise<() => Promise<void>> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const exited = once(child, 'exit').then(() => void process.off('exit', end))
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) break
  }
  child.stdout.resume()
  return () => {
    end()
    return exited
  }
}
