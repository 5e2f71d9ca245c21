import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import type { Context } from '../context.ts'

/** The sample bots, alive in a process of their own. */
export interface Society {
  /** How it is now, and why it has ended where it has. */
  readonly state: 'starting' | 'running' | 'failed'
  readonly reason: string | null
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url))
const personas = fileURLToPath(new URL('../../../../personas', import.meta.url))

const PATIENCE_MS = 2_000
const REASON_MAX = 300

/** What keeps the sample bots from living beside this process; the parts of the server can be there without them. */
export function hindranceOf({ role }: Pick<Context, 'role'>, folder = personas): string | null {
  if (role !== 'all')
    return 'This process only answers requests; the sample bots live beside one that runs everything.'
  if (!existsSync(folder)) return 'The folder personas/ is not there.'
  return existsSync(program) ? null : 'The Bot Agent is not installed.'
}

/** Lets the sample bots live here, as any outsider's would: their process knows only the API, and does not outlive this one. */
export function startSociety(config: Config, adminToken: string): Society {
  const args = ['--disable-warning=ExperimentalWarning', program, 'run', personas, '--lively']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...config.modelKeys,
      CLAWDX_URL: `http://${reachable(config.host)}:${config.port}`,
      CLAWDX_ADMIN_TOKEN: adminToken,
      CLAWDX_AGENT_HOME: resolve(join(config.dataDir, 'agents')),
    },
  })
  let state: Society['state'] = 'starting'
  let reason: string | null = null
  let lastLine = ''

  function fail(words: string): void {
    state = 'failed'
    reason = words.slice(0, REASON_MAX)
  }

  child.on('message', () => {
    if (state === 'starting') state = 'running'
  })
  child.on('error', (error) => fail(error.message))
  // Its last words come before that.
  child.on('close', (code, signal) => fail(lastLine || `It has ended (${code ?? signal}).`))
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      process.stderr.write(`${line}\n`)
      lastLine = line.replace(/^agent: /, '')
    })
  }
  return {
    get state() {
      return state
    },
    get reason() {
      return reason
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
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
