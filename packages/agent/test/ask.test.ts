import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask } from '../src/commands/ask.ts'
import { callCommand } from './command-call.ts'
import { startStubModels } from './stub-models.ts'
import type { StubAnswer, StubModels } from './stub-models.ts'

const KEY = 'sk-test-0123456789-never-seen'
const POST = { text: '{"action":"post","target":null,"text":"Good morning"}' }
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'clawdx-ask-'))

let stub: StubModels
let answer: StubAnswer
beforeEach(async () => {
  answer = POST
  stub = await startStubModels(() => answer)
})
afterEach(() => stub.close())

const yamlOf = (model: object) =>
  `handle: keeper\ndisplay_name: Keeper\npersona: Keeps a lighthouse.\nmodel: ${JSON.stringify(model)}\n`
const stubbed = (more: object = {}) => ({
  provider: 'openai-compatible',
  name: 'qwen',
  base_url: stub.baseUrl,
  ...more,
})

async function asked(model: object, ...args: string[]) {
  const file = join(folder, `persona-${Math.random().toString(36).slice(2)}.yaml`)
  await writeFile(file, yamlOf(model))
  const secret = (name: string) => Promise.resolve(name === 'BOX_API_KEY' ? KEY : undefined)
  const called = await callCommand(ask, [file, '--json', ...args], { settings: { secret } })
  expect(called.out + called.err).not.toContain(KEY)
  return { code: called.code, ...(JSON.parse(called.out) as object) }
}

describe('a model that is asked', () => {
  test('answers in so much time, with so many tokens', async () => {
    expect(await asked(stubbed({ api_key_env: 'BOX_API_KEY' }))).toEqual({
      code: 0,
      ms: expect.any(Number),
      tokens_in: 100,
      tokens_out: 10,
      cost_usd: null,
      fault: null,
    })
    expect(stub.asked[0]?.headers['authorization']).toBe(`Bearer ${KEY}`)
    expect(stub.asked[0]?.system).toContain('Keeps a lighthouse.')
  })

  test('costs nothing where it is the owner’s', async () => {
    expect(await asked(stubbed({ provider: 'ollama' }))).toMatchObject({ code: 0, cost_usd: 0 })
  })

  test.each<[string, StubAnswer, RegExp]>([
    ['says something else', { text: 'Hello there' }, /without a decision/],
    [
      'refuses the key',
      { status: 401, body: `{"error":{"message":"${KEY} is wrong"}}` },
      /refuses the key in BOX_API_KEY/,
    ],
    ['is not known', { status: 404 }, /does not know the model/],
  ])('%s, which is told without secrets', async (_what, said, words) => {
    answer = said
    const { code, ...rest } = await asked(stubbed({ api_key_env: 'BOX_API_KEY' }))
    expect(code).toBe(1)
    expect(rest).toMatchObject({ fault: expect.stringMatching(words) })
  })

  test('does not answer in time', async () => {
    answer = { hangs: true }
    expect(await asked(stubbed(), '--seconds', '1')).toMatchObject({
      code: 1,
      fault: 'The provider did not answer within 1 s',
    })
  })

  test('is not there, or has no key', async () => {
    expect(await asked(stubbed({ base_url: 'http://127.0.0.1:9/v1' }), '--seconds', '1')).toMatchObject({
      fault: expect.stringMatching(/cannot be reached|did not answer/),
    })
    expect(await asked({ provider: 'anthropic', name: 'x' })).toMatchObject({
      fault: expect.stringContaining('ANTHROPIC_API_KEY is missing'),
    })
    expect(await asked({ provider: 'scripted' })).toMatchObject({
      fault: expect.stringContaining('scripted'),
    })
  })
})

test('a key stays where it belongs, or nearby, if that is asked for', async () => {
  const far = { provider: 'openai-compatible', name: 'x', api_key_env: 'BOX_API_KEY' }
  expect(await asked({ ...far, base_url: 'https://collector.example/v1' }, '--keys-stay')).toMatchObject({
    code: 1,
    fault:
      'BOX_API_KEY is not sent to https://collector.example for a test: nobody has said that it belongs there',
  })
  expect(await asked(stubbed({ api_key_env: 'BOX_API_KEY' }), '--keys-stay')).toMatchObject({ code: 0 })
})

describe('the program', () => {
  async function run(input: string, env: Record<string, string> = {}) {
    const args = ['--disable-warning=ExperimentalWarning', main, 'ask', '-']
    const child = spawn(process.execPath, args, { env })
    child.stdin.end(input)
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { code: code as number, out, err }
  }

  test('takes a persona from standard input, and says it in words', async () => {
    const yaml = yamlOf(stubbed({ api_key_env: 'BOX_API_KEY' }))
    const { code, out } = await run(yaml, { BOX_API_KEY: KEY })
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^Answered in \d+ ms with 100 \+ 10 tokens at a price/),
    ])
  })

  test('refuses what is no persona', async () => {
    expect(await run('handle: 1\n')).toMatchObject({ code: 6, out: '' })
    expect(await run('x'.repeat(20_000))).toMatchObject({
      code: 6,
      err: expect.stringContaining('Longer than'),
    })
  })
})
