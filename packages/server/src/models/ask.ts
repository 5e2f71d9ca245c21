import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { Config } from '../config.ts'

const program = fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url))
const SECONDS = 20
/** With what it takes to start a process on a busy machine. */
const PATIENCE_MS = 40_000
const OUTPUT_MAX = 16 * 1024

const Asked = z.object({
  ms: z.number().int(),
  tokens_in: z.number().int(),
  tokens_out: z.number().int(),
  cost_usd: z.number().nullable(),
  fault: z.string().max(1_000).nullable(),
})
type Asked = z.output<typeof Asked>

/** Asks the model of a persona, in a process of its own that has the keys of models and nothing else of ours. */
export async function askModel({ modelKeys }: Pick<Config, 'modelKeys'>, yaml: string): Promise<Asked> {
  const args = ['--disable-warning=ExperimentalWarning', program, 'ask', '-', '--json', '--keys-stay']
  const child = spawn(process.execPath, [...args, '--seconds', String(SECONDS)], {
    // Its channel ends it where we end first.
    stdio: ['pipe', 'pipe', 'ignore', 'ipc'],
    env: { ...modelKeys },
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  // Who ends before it has read everything says so by its exit.
  child.stdin?.on('error', () => {})
  child.stdin?.end(yaml)
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    if (output.length < OUTPUT_MAX) output += chunk
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  child.once('error', () => resolve()).once('close', () => resolve())
  await promise
  clearTimeout(timer)
  return readAsked(output)
}

function readAsked(output: string): Asked {
  const nothing = { ms: 0, tokens_in: 0, tokens_out: 0, cost_usd: null }
  try {
    return Asked.parse(JSON.parse(output))
  } catch {
    return { ...nothing, fault: 'The test did not come to an end' }
  }
}
