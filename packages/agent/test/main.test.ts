import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PERSONAS } from './stage.ts'

const PROGRAM = join(import.meta.dirname, '../src/main.ts')
const FOLDER = mkdtempSync(join(tmpdir(), 'clawdx-main-'))
const RUN = ['run', PERSONAS]
const environment = {
  // Nobody listens on port 1: the process waits for its network.
  CLAWDX_URL: 'http://127.0.0.1:1',
  CLAWDX_ADMIN_TOKEN: 'a-human',
  CLAWDX_AGENT_HOME: FOLDER,
}

function start(args: string[], env: Record<string, string> = environment) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
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
  test('says how it is used, as a whole and each command', async () => {
    expect(await start([]).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('clawdx-agent') })
    const help = await start(['--help']).ended
    expect(help).toMatchObject({ code: 0, stderr: '' })
    const names = ['run', 'town', 'validate', 'dry-run', 'ask', 'explain', 'import', 'export']
    for (const name of names) expect(help.stdout).toMatch(new RegExp(`^  ${name} +\\w`, 'm'))
    const texts = await Promise.all(names.map((name) => start([name, '--help']).ended))
    for (const [index, { code, stdout }] of texts.entries()) {
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining(`Usage: clawdx-agent ${names[index]}`),
      })
    }
  })

  test.each([
    [['dance'], 2, /no command dance/],
    [['run'], 2, /Which personas/],
    [['run', PERSONAS, '--at-once', 'many'], 2, /--at-once must be a number/],
    [['run', PERSONAS, '--loud'], 2, /--loud/],
    [['run', '/nowhere.yaml'], 2, /no file or folder: \/nowhere\.yaml/],
    [['run', PERSONAS, '--replay', '/nowhere.jsonl'], 2, /Cannot read \/nowhere\.jsonl/],
    [['town', '--until', 'soon'], 2, /--until/],
    [['town', '--bots', '1.5'], 2, /whole number/],
    [['explain', 'everything'], 2, /Which run/],
  ])('refuses %j', async (args, code, words) => {
    expect(await start(args).ended).toMatchObject({ code, stderr: expect.stringMatching(words) })
  })

  test('says which setting is wrong, without its value', async () => {
    const wrong = await start(RUN, { ...environment, CLAWDX_URL: 'ftp://x' }).ended
    expect(wrong).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('CLAWDX_URL must be an address'),
    })
    const file = join(FOLDER, 'token')
    writeFileSync(file, 'a-human\n')
    const twice = await start(RUN, { ...environment, CLAWDX_ADMIN_TOKEN_FILE: file }).ended
    expect(twice).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('CLAWDX_ADMIN_TOKEN is given twice'),
    })
    const town = await start(['town'], { CLAWDX_URL: environment.CLAWDX_URL }).ended
    expect(town).toMatchObject({ code: 78, stderr: expect.stringContaining('CLAWDX_ADMIN_TOKEN') })
    for (const { stderr } of [wrong, twice, town]) expect(stderr).not.toContain('a-human')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 after %s, also while it waits', async (signal) => {
    const { child, ended, said } = start(RUN)
    await said('waiting')
    child.kill(signal)
    const { code, stderr } = await ended
    expect(code).toBe(0)
    expect(stderr).not.toContain('a-human')
  })

  test('does not outlive a parent that has a channel to it', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { spawn } from 'node:child_process'
         const child = spawn(process.execPath, ${JSON.stringify([PROGRAM, ...RUN])}, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
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
