import { execFileSync } from 'node:child_process'
import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Persona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { providerKindOf, readProvider } from '../src/brain/provider.ts'
import type { ProviderMeans } from '../src/brain/provider.ts'
import { costOf, readPrices } from '../src/prices.ts'
import { isKeyName, readSecret } from '../src/secret.ts'
import { personaOf } from './situations.ts'

const folder = await mkdtemp(join(tmpdir(), 'clawdx-secret-'))
const prices = await readPrices()

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

type Model = Partial<NonNullable<Persona['model']>>

async function read(model: Model, means: Partial<ProviderMeans> & { budgets?: Persona['budgets'] } = {}) {
  const { budgets, ...more } = means
  const secret = (name: string) => Promise.resolve(`key-of-${name}`)
  return await readProvider(personaOf({ model, budgets }), { secret, prices, ...more })
}

describe('a provider', () => {
  test.each([
    [{ provider: 'anthropic' }, 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'],
    [{ provider: 'openai' }, 'https://api.openai.com/v1', 'OPENAI_API_KEY'],
    [
      { provider: 'openai', base_url: 'https://api.openai.com/v1/' },
      'https://api.openai.com/v1',
      'OPENAI_API_KEY',
    ],
    [{ provider: 'ollama' }, 'http://127.0.0.1:11434/v1', undefined],
    [{ provider: 'openai-compatible', base_url: 'http://box:8000/v1//' }, 'http://box:8000/v1', undefined],
    [
      { provider: 'openai-compatible', base_url: 'http://box:8000/v1', api_key_env: 'BOX_API_KEY' },
      'http://box:8000/v1',
      'BOX_API_KEY',
    ],
  ] as const)('%j is at %s with the key of %s', async (model, baseUrl, keyName) => {
    const { provider, faults } = await read({ ...model, name: 'some-model' })
    expect(faults).toBeUndefined()
    expect(provider).toMatchObject({ model: 'some-model', baseUrl, keyName, maxOutputTokens: 4_096 })
    expect(provider?.key()).toBe(keyName && `key-of-${keyName}`)
    expect(provider?.circuit).toBe(`${baseUrl} ${keyName ?? '-'} some-model`)
  })

  test.each([
    [{ provider: 'openai' }, /^model.name is missing/],
    [{ provider: 'openai-compatible', name: 'x' }, /^model.base_url is missing.*http/],
    [
      { provider: 'ollama', name: 'x', base_url: 'http://me:pass@box/v1' },
      /^model.base_url holds more than an address/,
    ],
    [{ provider: 'ollama', name: 'x', base_url: 'http://box/v1?api-key=1' }, /^model.base_url holds more/],
    [{ provider: 'openai', name: 'x', api_key_env: 'CLAWDX_API_KEY' }, /CLAWDX_API_KEY is not taken/],
    [
      { provider: 'openai', name: 'x', api_key_env: 'DATABASE_URL' },
      /DATABASE_URL is not taken.*end in _API_KEY/,
    ],
    [
      { provider: 'openai', name: 'x', base_url: 'https://evil.example/v1' },
      /^OPENAI_API_KEY is sent to https/,
    ],
    [
      { provider: 'openai', name: 'x', base_url: 'http://api.openai.com/v1' },
      /^OPENAI_API_KEY is sent to https/,
    ],
    [
      { provider: 'openai', name: 'x', base_url: 'https://api.openai.com:444/v1' },
      /^OPENAI_API_KEY is sent to/,
    ],
    [
      { provider: 'openai', name: 'x', base_url: 'https://api.openai.com.evil.example/' },
      /^OPENAI_API_KEY is sent/,
    ],
    [
      {
        provider: 'openai-compatible',
        name: 'x',
        base_url: 'https://evil.example',
        api_key_env: 'ANTHROPIC_API_KEY',
      },
      /^ANTHROPIC_API_KEY is sent to https:\/\/api.anthropic.com only/,
    ],
    [{ provider: 'openai', name: 'x', api_key_env: 'ANTHROPIC_API_KEY' }, /^ANTHROPIC_API_KEY is sent to/],
  ] as const)('%j is refused in words', async (model, words) => {
    const asked: string[] = []
    const secret = (name: string) => Promise.resolve(`${asked.push(name)}`)
    const { provider, faults } = await read(model as Model, { secret })
    expect(provider).toBeUndefined()
    expect(faults).toEqual([expect.stringMatching(words)])
    expect(asked.filter((name) => !isKeyName(name))).toEqual([])
  })

  test.each([
    [undefined, /^MY_API_KEY is missing: set it, or let MY_API_KEY_FILE/],
    ['', /^MY_API_KEY is missing/],
    ['two words', /^MY_API_KEY holds what cannot be a key$/],
    ['line\nbreak', /^MY_API_KEY holds what cannot be a key$/],
  ])('without a usable key (%j) is refused', async (key, words) => {
    const model = { provider: 'openai', name: 'x', api_key_env: 'MY_API_KEY' } as const
    const { faults } = await read(model, { secret: () => Promise.resolve(key) })
    expect(faults).toEqual([expect.stringMatching(words)])
  })

  test('is told all of its faults at once', async () => {
    const model = { provider: 'openai', base_url: 'http://a:b@box/v1' } as const
    expect((await read(model, { budgets: { usd_per_day: 1 } })).faults).toHaveLength(3)
  })

  test('without a price cannot be limited in dollars', async () => {
    const unknown = { provider: 'openai', name: 'unheard-of' } as const
    const budgets = { usd_per_day: 1 }
    const fault = [expect.stringMatching(/^there is no price for openai\/unheard-of/)]
    expect((await read(unknown, { budgets })).faults).toEqual(fault)
    expect((await read(unknown, { isUsdLimited: true })).faults).toEqual(fault)
    expect((await read(unknown, { budgets: { tokens_per_day: 1 } })).faults).toBeUndefined()
    expect((await read({ provider: 'openai', name: 'gpt-5-mini' }, { budgets })).faults).toBeUndefined()
    expect((await read({ provider: 'ollama', name: 'unheard-of' }, { budgets })).faults).toBeUndefined()
  })

  test.each([
    [undefined, true],
    ['http://localhost:11434/v1', true],
    ['http://127.8.0.1:11434/v1', true],
    ['http://[::1]:11434/v1', true],
    ['http://10.1.2.3/v1', true],
    ['http://172.31.0.1/v1', true],
    ['http://192.168.1.5/v1', true],
    ['http://100.64.0.7/v1', true],
    ['http://[fd00::5]/v1', true],
    ['http://[fe80::5]/v1', true],
    ['http://box:11434/v1', true],
    ['http://box.local/v1', true],
    ['http://host.docker.internal:11434/v1', true],
    ['http://box.lan/v1', true],
    ['http://ollama.localhost/v1', true],
    ['https://openrouter.ai/api/v1', false],
    ['https://box.local.evil.example/v1', false],
    ['https://notlocal/v1', true],
    ['https://my-internal.example/v1', false],
    ['http://172.32.0.1/v1', false],
    ['http://100.128.0.1/v1', false],
    ['http://8.8.8.8/v1', false],
    ['http://[2606:4700::1]/v1', false],
    ['http://10.0.0.1.evil.example/v1', false],
  ])('of ollama at %s costs nothing: %s', async (base_url, isFree) => {
    const model = { provider: 'ollama', name: 'unheard-of', base_url } as const
    const { provider, faults } = await read(model, { budgets: { usd_per_day: 1 } })
    expect(provider?.isFree ?? false).toBe(isFree)
    if (!isFree) expect(faults).toEqual([expect.stringMatching(/^there is no price for ollama\/unheard-of/)])
  })

  test('with a key costs money, wherever it is', async () => {
    const model = { provider: 'ollama', name: 'big', api_key_env: 'BOX_API_KEY' } as const
    const budgets = { usd_per_day: 1 }
    expect((await read(model, { budgets })).faults).toEqual([expect.stringMatching(/^there is no price/)])
    expect((await read(model)).provider).toMatchObject({ isFree: false })
    const priced = new Map([['ollama', [{ name: 'big', in: 1, out: 2 }]]])
    expect((await read(model, { budgets, prices: priced })).provider).toMatchObject({ isFree: false })
    const local = { provider: 'openai-compatible', name: 'big', base_url: 'http://box/v1' } as const
    expect((await read(local, { budgets })).faults).toEqual([expect.stringMatching(/^there is no price/)])
  })

  test('is nothing that a scripted bot has', async () => {
    expect(providerKindOf(personaOf())).toBeUndefined()
    expect(providerKindOf(personaOf({ model: {} }))).toBeUndefined()
    expect((await read({})).faults).toEqual([expect.stringContaining('scripted')])
  })
})

describe('a secret', () => {
  test.each([
    ['OPENAI_API_KEY', true],
    ['MY_2ND_API_KEY', true],
    ['CLAWDX_ADMIN_TOKEN', false],
    ['CLAWDX_API_KEY', false],
    ['DATABASE_URL', false],
    ['my_API_KEY', false],
    ['_API_KEY', false],
    ['X_API_KEY_FILE', false],
    ['X_API_KEY\n', false],
  ])('of the name %j may be named by a persona: %s', (name, may) => {
    expect(isKeyName(name)).toBe(may)
  })

  test('comes from the variable, or from the file that it names', async () => {
    const path = await fileWith('key', 'from-file\n')
    await symlink(path, join(folder, 'link'))
    expect(await readSecret({ A: 'value' }, 'A')).toBe('value')
    expect(await readSecret({ A_FILE: path }, 'A')).toBe('from-file')
    expect(await readSecret({ A: '', A_FILE: join(folder, 'link') }, 'A')).toBe('from-file')
    expect(await readSecret({ A_FILE: await fileWith('windows', 'two\n\r\n') }, 'A')).toBe('two\n')
    expect(await readSecret({ A_FILE: await fileWith('empty', '') }, 'A')).toBeUndefined()
    expect(await readSecret({ A: '' }, 'A')).toBeUndefined()
    expect(await readSecret({}, 'A')).toBeUndefined()
  })

  test('that cannot be read is told without its path or its content', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const rejects = (environment: Record<string, string>, words: string) =>
      expect(readSecret(environment, 'A')).rejects.toThrow(new Error(words))
    await rejects({ A: 'x', A_FILE: pipe }, 'A is given twice: also as A_FILE')
    await rejects({ A_FILE: join(folder, 'absent') }, 'A_FILE names a file that cannot be read (ENOENT)')
    await rejects({ A_FILE: folder }, 'A_FILE names a file that cannot be read (not a file)')
    await rejects({ A_FILE: pipe }, 'A_FILE names a file that cannot be read (not a file)')
    const long = await fileWith('long', 'x'.repeat(16 * 1024 + 1))
    await rejects({ A_FILE: long }, 'A_FILE names a file that cannot be read (longer than 16384 bytes)')
  })
})

describe('prices', () => {
  test('of the package are complete and sensible', () => {
    expect([...prices.keys()]).toEqual(['anthropic', 'openai', 'openai-compatible'])
    for (const price of [...prices.values()].flat()) {
      expect(price.in).toBeGreaterThan(0)
      expect(price.out).toBeGreaterThan(price.in)
    }
  })

  test('are found by full name, then by the longest beginning', async () => {
    const path = await fileWith(
      'prices.yaml',
      `# mine\nopenai:\n  "*": { in: 9, out: 9 }\n  big*: { in: 2, out: 8 } # all\n  big-mini*: { in: 1, out: 4 }\n  big-mini-2: { in: 0.5, out: 0 }\n\nbox:\n`,
    )
    const mine = await readPrices(path)
    const million = (name: string, provider = 'openai') =>
      costOf(mine, { kind: provider, model: name }, { tokensIn: 1_000_000, tokensOut: 2_000_000 })
    expect(['big', 'big-2', 'big-mini-1', 'big-mini-2', 'other'].map((name) => million(name))).toEqual([
      18, 18, 9, 0.5, 27,
    ])
    expect([million('big', 'box'), million('big', 'anthropic')]).toEqual([undefined, undefined])
    const tokens = { tokensIn: 1_000_000, tokensOut: 1 }
    expect(costOf(mine, { kind: 'openai', model: 'big', isFree: true }, tokens)).toBe(0)
  })

  test.each([
    ['  lonely: { in: 1, out: 2 }', 'line 1 is no price'],
    ['openai:\n  x: 5', 'line 2 is no price'],
    ['openai:\n  x: { in: -1, out: 2 }', 'line 2 is no price'],
    ['openai:\n  x: { in: 1.2.3, out: 2 }', 'line 2 is no price'],
  ])('that make no sense (%j) are refused with their line', async (text, words) => {
    const path = await fileWith('bad.yaml', text)
    await expect(readPrices(path)).rejects.toMatchObject({
      code: 78,
      message: expect.stringContaining(words),
    })
  })

  test('that are not there are a fault of the configuration', async () => {
    await expect(readPrices(join(folder, 'absent'))).rejects.toMatchObject({
      code: 78,
      message: 'absent: cannot be read (ENOENT)',
    })
  })
})
