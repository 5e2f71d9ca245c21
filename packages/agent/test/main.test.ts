import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PERSONAS } from './stage.ts'

const PROGRAM = join(import.meta.dirname, '../src/main.ts')
const environment = {
  // Nobody listens on port 1: the process waits for its network.
  CLAWDX_URL: 'http://127.0.0.1:1',
  CLAWDX_ADMIN_TOKEN: 'a-human',
  CLAWDX_AGENT_STORE: join(mkdtempSync(join(tmpdir(), 'clawdx-main-')), 'keys.json'),
  CLAWDX_PERSONAS: PERSONAS,
}

function start(args: string[], env: Record<string, string> = environment) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }))
  return { child, ended, said: (word: string) => until(() => stderr.includes(word)) }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20)
}

function isAlive({ pid = 0 }: Pick<ChildProcess, 'pid'>): boolean {
  try {
    // One that has ended but was not yet collected still takes signals; Linux tells.
    if (existsSync('/proc/self/stat')) return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the process', () => {
  test('says how it is used, and every setting that is missing', async () => {
    const { code, stderr } = await start([]).ended
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('CLAWDX_PERSONAS') })
    const without = await start(['sample'], { CLAWDX_URL: 'nowhere' }).ended
    expect(without.code).toBe(78)
    for (const name of ['CLAWDX_URL', 'CLAWDX_ADMIN_TOKEN', 'CLAWDX_AGENT_STORE', 'CLAWDX_PERSONAS']) {
      expect(without.stderr).toContain(`agent: ${name} must be`)
    }
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 after %s, also while it waits', async (signal) => {
    const { child, ended, said } = start(['sample'])
    await said('waiting')
    child.kill(signal)
    const { code, stderr } = await ended
    expect(code).toBe(0)
    expect(stderr).not.toContain('a-human')
  })

  test.each([
    ['by the channel', "['ignore', 'ignore', 'pipe', 'ipc']"],
    ['by its id', "['ignore', 'ignore', 'pipe']"],
  ])('does not outlive its parent, which it knows %s', async (_how, stdio) => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { spawn } from 'node:child_process'
         const child = spawn(process.execPath, [${JSON.stringify(PROGRAM)}, 'sample'], { stdio: ${stdio} })
         child.stderr.once('data', () => console.log(child.pid))
         setInterval(() => undefined, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: environment },
    )
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const orphan = { pid: Number(line.toString()) }
    expect(isAlive(orphan)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !isAlive(orphan))
    expect(isAlive(orphan)).toBe(false)
  })
})
