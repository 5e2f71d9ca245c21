import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openKeyStore } from '../src/store.ts'

const quiet = () => undefined
const modeOf = (path: string) => statSync(path).mode & 0o777

function newPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'clawdx-store-')), 'deep', 'keys.json')
}

test('keeps keys across processes, for the owner only', async () => {
  const path = newPath()
  const store = await openKeyStore(path, quiet)
  await Promise.all([store.set('maren', 'clx_1'), store.set('sol', 'clx_2'), store.set('maren', 'clx_3')])
  const again = await openKeyStore(path, quiet)
  expect([again.get('maren'), again.get('sol'), again.get('otto')]).toEqual(['clx_3', 'clx_2', undefined])
  expect(modeOf(path)).toBe(0o600)
})

test('a leftover that everyone could read is not taken over with its mode', async () => {
  const path = newPath()
  const store = await openKeyStore(path, quiet)
  await store.set('maren', 'clx_1')
  writeFileSync(`${path}.tmp`, '{"keys": {"mar', { mode: 0o644 })
  await store.set('maren', 'clx_2')
  expect(modeOf(path)).toBe(0o600)
  expect((await openKeyStore(path, quiet)).get('maren')).toBe('clx_2')
})

test.each(['', '{"keys": {"maren": "clx', '[]', 'null', '{"keys": 7}'])(
  'what cannot be understood (%j) is moved aside, not written over, and says so',
  async (text) => {
    const path = newPath()
    await (await openKeyStore(path, quiet)).set('maren', 'clx_1')
    writeFileSync(path, text)
    const lines: string[] = []
    const store = await openKeyStore(path, (line) => lines.push(line))
    expect(store.get('maren')).toBeUndefined()
    expect(lines).toEqual([
      'keys.json cannot be understood and is kept as keys.json.broken; keys are made anew',
    ])
    await store.set('sol', 'clx_2')
    expect(readFileSync(`${path}.broken`, 'utf8')).toBe(text)
    expect((await openKeyStore(path, quiet)).get('sol')).toBe('clx_2')
  },
)

test('a key that is none is left out, and the others stay', async () => {
  const path = newPath()
  await (await openKeyStore(path, quiet)).set('maren', 'clx_1')
  writeFileSync(path, '{"keys": {"maren": 7, "sol": "clx_2"}}')
  const store = await openKeyStore(path, quiet)
  expect([store.get('maren'), store.get('sol')]).toEqual([undefined, 'clx_2'])
})

test('a process that is killed while it writes leaves a whole store', async () => {
  const path = newPath()
  const program = `
    import { openKeyStore } from ${JSON.stringify(join(import.meta.dirname, '../src/store.ts'))}
    const store = await openKeyStore(${JSON.stringify(path)}, () => undefined)
    for (let round = 0; ; round++) {
      await store.set('bot' + (round % 50), 'clx_' + String(round).repeat(200))
      if (round === 20) process.stdout.write('writing')
    }`
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await ended
    expect(existsSync(path)).toBe(true)
    expect(() => JSON.parse(readFileSync(path, 'utf8')) as unknown).not.toThrow()
    expect((await openKeyStore(path, quiet)).get('bot7')).toMatch(/^clx_/)
  }
})
