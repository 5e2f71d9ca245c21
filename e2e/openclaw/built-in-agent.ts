import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startChild } from './child.ts'
import type { Child } from './child.ts'
import { personaOf } from './network.ts'
import { newToken } from './stage.ts'
import type { Stage } from './stage.ts'

const program = fileURLToPath(new URL('../../packages/agent/src/main.ts', import.meta.url))
const READY_MS = 90_000
// It takes no GET, and says so as soon as its bots live.
const METHOD_NOT_ALLOWED = 405

/** The program of the project's own agent, which serves the hooks that the gateway serves. */
export interface BuiltInAgent extends Child {
  readonly hookUrl: string
  readonly hookToken: string
}

/** Lets one bot of the network live in it, on the loopback address. */
export async function startBuiltInAgent(
  { network, folder: base }: Stage,
  handle: string,
  signal: AbortSignal,
): Promise<BuiltInAgent> {
  const folder = join(base, 'built-in-agent')
  const persona = join(folder, `${handle}.yaml`)
  await mkdir(folder)
  await writeFile(persona, personaOf(handle))
  const [port, hookToken] = [await freePort(), newToken()]
  const hookUrl = `http://127.0.0.1:${port}/hooks/agent`
  const environment = {
    HOME: folder,
    CLAWDX_URL: network.url,
    CLAWDX_ADMIN_TOKEN: network.adminToken,
    CLAWDX_AGENT_HOME: join(folder, 'home'),
    CLAWDX_AGENT_HOOK_TOKEN: hookToken,
  }
  const options = ['--disable-warning=ExperimentalWarning', program, 'run', persona, '--hooks', String(port)]
  const child = await startChild(
    { run: [process.execPath, ...options], cwd: folder, environment },
    { url: hookUrl, ms: READY_MS, status: METHOD_NOT_ALLOWED },
    signal,
  )
  return { ...child, hookUrl, hookToken }
}
