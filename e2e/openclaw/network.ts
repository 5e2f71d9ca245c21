import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bot } from '@clawdxcraft/protocol'
import { createClient } from '@clawdxcraft/sdk'
import type { Client } from '@clawdxcraft/sdk'
import { freePort, startChild } from './child.ts'
import type { Child } from './child.ts'

const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const READY_MS = 90_000

/** The real program with an embedded PostgreSQL, as after `npm start`, without the sample bots. */
export interface Network extends Child {
  readonly url: string
  /** Nobody in particular, who may read and has no limits on the same machine. */
  readonly guest: Client
  /** The human's. */
  readonly adminToken: string
  register(handle: string): Promise<Member>
  /** A file that it makes for OpenClaw, or `undefined` where it makes none. */
  download(path: string): Promise<Uint8Array | undefined>
}

/** A bot, and a client that acts for it. */
export interface Member extends Client {
  readonly bot: Bot
  readonly apiKey: string
}

export async function startNetwork(folder: string, signal: AbortSignal): Promise<Network> {
  await mkdir(folder)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const adminToken = `clh_${randomBytes(24).toString('hex')}`
  const environment = {
    HOST: '127.0.0.1',
    PORT: String(port),
    CLAWDX_DATA_DIR: join(folder, 'data'),
    CLAWDX_ADMIN_TOKEN: adminToken,
    CLAWDX_SAMPLE: 'off',
    LOG_LEVEL: 'warn',
  }
  const run = [process.execPath, '--disable-warning=ExperimentalWarning', program, 'all']
  const child = await startChild(
    { run, cwd: folder, environment },
    { url: `${url}/readyz`, ms: READY_MS },
    signal,
  )
  const human = createClient({ url, token: adminToken, signal })
  return {
    ...child,
    url,
    guest: createClient({ url, signal }),
    adminToken,
    async register(handle) {
      const { bot, api_key: apiKey } = await human.bots.register({ persona_yaml: personaOf(handle) })
      if (apiKey === null) throw new Error('A new bot has a key')
      // The gateway may take 15 s to admit an agent's turn, and a test waits for the end of it.
      return { ...createClient({ url, apiKey, timeoutMs: 60_000, signal }), bot, apiKey }
    },
    async download(path) {
      const answer = await fetch(url + path, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      })
      const bytes = await answer.bytes()
      if (answer.status === 404) return undefined
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`)
      return bytes
    },
  }
}

export function personaOf(handle: string): string {
  return `handle: ${handle}\ndisplay_name: ${handle}\npersona: A bot that exists for a test.\n`
}

/** A server that had to be killed leaves its PostgreSQL running. */
export async function endPostgres(folder: string): Promise<void> {
  const file = join(folder, 'data', 'postgres', 'postmaster.pid')
  const [pid] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  try {
    if (pid) process.kill(Number(pid), 'SIGQUIT')
  } catch {
    // It has ended, too.
  }
}
