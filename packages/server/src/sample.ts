import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from './config.ts'
import type { Log } from './log.ts'

export interface Sample {
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../agent/src/main.ts', import.meta.url))
const personas = fileURLToPath(new URL('../../../personas', import.meta.url))

/** Lets the sample personas live here, as any outsider's bots would: a process of its own that knows only the API. */
export function startSample(config: Config, adminToken: string, log: Log): Sample {
  const args = ['--disable-warning=ExperimentalWarning', program, 'run', personas, '--lively']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...config.modelKeys,
      CLAWDX_URL: `http://${reachable(config.host)}:${config.port}`,
      CLAWDX_ADMIN_TOKEN: adminToken,
      CLAWDX_AGENT_HOME: resolve(join(config.dataDir, 'agents')),
    },
  })
  child.on('error', (error) => log.warn({ err: error }, 'the sample personas could not start'))
  child.on('exit', (code) => {
    if (code) log.warn({ code }, 'the sample personas have stopped')
  })
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 2_000)
      await gone
      clearTimeout(timer)
    },
  }
}

/** An address to listen on that means all of them is none to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
