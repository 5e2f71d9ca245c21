import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readChoice } from '../src/action.ts'
import { createAiBrain } from '../src/brain/ai-sdk.ts'
import type { AiBrainOptions } from '../src/brain/ai-sdk.ts'
import { BrainFailure } from '../src/brain/brain.ts'
import type { Brain } from '../src/brain/brain.ts'
import { readProvider } from '../src/brain/provider.ts'
import type { ProviderKind } from '../src/brain/provider.ts'
import { createGuard } from '../src/breaker.ts'
import type { Clock } from '../src/clock.ts'
import type { Prices } from '../src/prices.ts'
import { itemOf, personaOf, situationOf } from './situations.ts'
import { startStubModels } from './stub-models.ts'
import type { Answering, StubAnswer, StubModels } from './stub-models.ts'

const KEY = 'sk-test-0123456789-never-seen'
const LIKE = { text: '{"action":"like","target":1,"text":null}' }
const NEVER = new AbortController().signal
const PRICES: Prices = new Map([['openai', [{ name: 'small*', in: 2, out: 10 }]]])
const situation = situationOf([itemOf('ada', 'Good morning')])

let stub: StubModels
let answering: Answering
const printed: string[] = []

beforeEach(async () => {
  answering = () => LIKE
  stub = await startStubModels((...question) => answering(...question))
  printed.length = 0
  const keep = (...words: unknown[]) => printed.push(inspect(words))
  for (const method of ['log', 'warn', 'error', 'info', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation(keep)
  vi.spyOn(process, 'emitWarning').mockImplementation(keep)
})

afterEach(async () => {
  await stub.close()
  vi.restoreAllMocks()
  expect(printed).toEqual([])
})

/** Pauses take no time, and are noted. */
function quickClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = []
  return {
    pauses,
    now: () => pauses.reduce((sum, pause) => sum + pause, 0),
    pause: async (milliseconds, signal) => {
      signal.throwIfAborted()
      pauses.push(milliseconds)
    },
  }
}

interface Making extends Partial<AiBrainOptions> {
  readonly kind?: ProviderKind
  readonly name?: string
  readonly temperature?: number
}

async function brainOf({
  kind = 'openai',
  name = 'small-1',
  temperature,
  ...options
}: Making = {}): Promise<Brain> {
  const model = { provider: kind, name, temperature, base_url: stub.baseUrl, api_key_env: 'STUB_API_KEY' }
  const means = { secret: () => Promise.resolve(KEY), prices: PRICES }
  const { provider, faults } = await readProvider(personaOf({ model }), means)
  if (!provider) throw new Error(faults.join('; '))
  return createAiBrain({ provider, prices: PRICES, clock: quickClock(), ...options })
}

/** How it fails. Whatever it says, it says nothing of the key or the prompt. */
async function failureOf(thinking: Promise<unknown>): Promise<BrainFailure> {
  const error: unknown = await thinking.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const words = inspect(error, { depth: 10 }) + JSON.stringify(error)
  expect(words).not.toContain(KEY)
  expect(words).not.toContain('lighthouse')
  expect(error).toBeInstanceOf(BrainFailure)
  return error as BrainFailure
}

describe('an answer', () => {
  test.each(['openai', 'anthropic', 'ollama', 'openai-compatible'] as const)(
    'of %s is a choice',
    async (kind) => {
      const thought = await (await brainOf({ kind })).think(situation, NEVER)
      expect(thought).toMatchObject({ model: 'small-1', tokensIn: 100, tokensOut: 10 })
      expect(thought.promptHash).toMatch(/^[a-f0-9]{64}$/)
      expect(readChoice(thought.choice, situation.scene).action).toMatchObject({ kind: 'like' })
      const [asked] = stub.asked
      expect(asked?.headers[kind === 'anthropic' ? 'x-api-key' : 'authorization']).toContain(KEY)
      expect(asked?.system).toContain('Keeps a lighthouse.')
      expect(asked?.user).toContain('Good morning')
    },
  )

  test.each(['openai', 'anthropic', 'openai-compatible'] as const)(
    'of %s comes with what was asked and said, and with the tokens that it still had',
    async (kind) => {
      answering = () => ({ ...LIKE, usage: { in: 1_500, out: 100, cached: 1_200 } })
      const { prompt, answer, ...thought } = await (await brainOf({ kind })).think(situation, NEVER)
      expect(thought).toMatchObject({ tokensIn: 1_500, tokensCached: 1_200, tokensOut: 100 })
      expect(answer).toBe(LIKE.text)
      const [system, user] = prompt ?? []
      expect([system?.role, user?.role]).toEqual(['system', 'user'])
      expect(system?.parts[0]).toContain('Keeps a lighthouse.')
      const [item] = situation.scene.items
      expect(user?.parts).toContainEqual({ post_id: item?.post?.id })
      for (const words of [KEY, 'Good morning']) expect(JSON.stringify(prompt)).not.toContain(words)
    },
  )

  test('of a model with schemas is asked for by schema', async () => {
    await (await brainOf({ kind: 'anthropic', name: 'claude-haiku-4-5' })).think(situation, NEVER)
    const form = stub.asked[0]?.body['output_config'] as { format: { schema: { properties: object } } }
    expect(Object.keys(form.format.schema.properties)).toEqual(['action', 'target', 'text'])
  })

  test('of a model without schemas is asked for by tool', async () => {
    const brain = await brainOf({ kind: 'anthropic', name: 'claude-3-haiku-20240307' })
    expect((await brain.think(situation, NEVER)).choice).toMatchObject({ action: 'like', target: 1 })
    expect(stub.asked[0]?.body['tools']).toMatchObject([{ name: 'json' }])
  })

  test('is bounded, and asked for without settings that a model does not take', async () => {
    const brain = await brainOf({ name: 'gpt-5-mini', temperature: 0.5 })
    await brain.think(situation, NEVER)
    expect(stub.asked[0]?.body).toMatchObject({ max_completion_tokens: 4_096 })
    expect(stub.asked[0]?.body).not.toHaveProperty('temperature')
    await (await brainOf({ temperature: 0.5 })).think(situation, NEVER)
    expect(stub.asked[1]?.body).toMatchObject({ temperature: 0.5, max_tokens: 4_096 })
  })

  test.each([
    ['in a fence', 'Here you are:\n```json\n{"action":"reply","target":"1","text":"Hi {you}"}\n```\nDone.'],
    [
      'in prose',
      'Item {1} is nice, so {"number":1} and {"action": "Reply", "target": 1, "text": "Hi {you}"}',
    ],
    [
      'after thinking',
      '<think>{"action":"follow","target":1}</think>{"action":"reply","target":1,"text":"Hi {you}"}',
    ],
  ])('%s is found', async (_where, text) => {
    answering = () => ({ text })
    const { choice } = await (await brainOf()).think(situation, NEVER)
    expect(readChoice(choice, situation.scene).action).toMatchObject({ kind: 'reply', text: 'Hi {you}' })
  })

  test.each([
    ['prose', 'I would rather not say.', 'without a decision'],
    ['half an object', '{"action": "post", "text": "and so', 'without a decision'],
    ['nothing', '', 'without a decision'],
    ['what the persona never does', '{"action":"unfollow","target":1}', 'its persona never does'],
    ['an item that is not there', '{"action":"like","target":2}', 'was not shown'],
  ])('that is %s is garbage, and paid for', async (_what, text, words) => {
    answering = () => ({ text, usage: { in: 1_000, out: 500 } })
    const { kind, message, spent, unread } = await failureOf((await brainOf()).think(situation, NEVER))
    expect({ kind, spent }).toEqual({
      kind: 'garbage',
      spent: { tokensIn: 1_000, tokensOut: 500, costUsd: 0.007 },
    })
    expect(message).toContain(words)
    expect(unread).toMatchObject({
      model: 'small-1',
      answer: text,
      prompt: [{ role: 'system' }, { role: 'user' }],
    })
    expect(stub.asked).toHaveLength(1)
  })

  test('that was cut off says what to change', async () => {
    answering = () => ({ text: '{"action":"post","te', isCutOff: true })
    const { message } = await failureOf((await brainOf()).think(situation, NEVER))
    expect(message).toContain('raise model.max_output_tokens')
  })

  test.each(['{"hello":1}', 'no JSON', '{"choices":[]}', ''])(
    'that is no answer at all (%s) is garbage',
    async (body) => {
      answering = () => ({ status: 200, body })
      const { kind, spent } = await failureOf((await brainOf()).think(situation, NEVER))
      expect(kind).toBe('garbage')
      expect(spent.tokensIn).toBeGreaterThan(100)
    },
  )

  test.each([
    [1024 * 1024, 'a choice'],
    [1024 * 1024 + 1, 'garbage'],
  ])('of %i bytes is %s', async (length, what) => {
    const message = { role: 'assistant', content: LIKE.text }
    const body = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] })
    answering = () => ({ status: 200, body: body.padEnd(length) })
    const thinking = (await brainOf()).think(situation, NEVER)
    if (what === 'garbage') expect((await failureOf(thinking)).message).toBe('The answer is far too long')
    else expect((await thinking).choice).toMatchObject({ action: 'like' })
  })

  test.each(['openai', 'anthropic'] as const)('without an end is left at a megabyte (%s)', async (kind) => {
    answering = () => ({ floods: true })
    const failure = await failureOf((await brainOf({ kind })).think(situation, NEVER))
    expect(failure).toMatchObject({ kind: 'garbage', message: 'The answer is far too long' })
    await stub.asked[0]?.gone
  })
})

describe('what it costs', () => {
  test('is counted in tokens and dollars', async () => {
    answering = () => ({ ...LIKE, usage: { in: 1_500, out: 100 } })
    const thought = await (await brainOf()).think(situation, NEVER)
    expect(thought).toMatchObject({ tokensIn: 1_500, tokensOut: 100, costUsd: 0.004 })
  })

  test.each([null, { in: -5, out: -5 }, { in: 0, out: 0 }])(
    'is guessed where a server counts %j',
    async (usage) => {
      answering = () => ({ ...LIKE, usage })
      const { tokensIn, tokensOut, costUsd } = await (await brainOf()).think(situation, NEVER)
      const [asked] = stub.asked
      expect(tokensIn).toBe(Math.round(Buffer.byteLength(`${asked?.system}${asked?.user}`) / 3))
      expect(tokensOut).toBe(Math.round(LIKE.text.length / 3))
      expect(costUsd).toBeGreaterThan(0)
    },
  )
})

describe('trouble', () => {
  const failing = (status: number, headers = {}, code = 'server_error'): StubAnswer => ({
    status,
    headers,
    body: JSON.stringify({
      type: 'error',
      error: { message: `The key ${KEY} and lighthouse`, type: code, code: null },
    }),
  })

  test('that passes is waited for as long as the provider says', async () => {
    answering = (_asked, index) => [failing(429, { 'retry-after': '7' }), failing(503)][index] ?? LIKE
    const clock = quickClock()
    const { choice } = await (await brainOf({ clock })).think(situation, NEVER)
    expect(choice).toMatchObject({ action: 'like' })
    expect(clock.pauses).toEqual([7_000, expect.closeTo(1_500, -3)])
  })

  test.each([
    [429, 'rate_limit_exceeded', 'limited', 3],
    [500, 'server_error', 'away', 3],
    [529, 'overloaded_error', 'away', 3],
    [401, 'invalid_api_key', 'refused', 1],
    [403, 'permission_error', 'refused', 1],
    [404, 'model_not_found', 'refused', 1],
    [429, 'insufficient_quota', 'refused', 1],
  ])('%i %s is %s after %i tries', async (status, code, kind, tries) => {
    answering = () => failing(status, {}, code)
    const failure = await failureOf((await brainOf()).think(situation, NEVER))
    expect(failure.kind).toBe(kind)
    expect(failure.message).toContain(`(${status} ${code})`)
    expect(stub.asked).toHaveLength(tries)
  })

  test.each(['openai', 'anthropic', 'ollama'] as const)(
    'is told by its status where %s says anything else',
    async (kind) => {
      answering = () => failing(401, {}, KEY)
      const { message } = await failureOf((await brainOf({ kind })).think(situation, NEVER))
      expect(message).toBe('The provider refuses the key in STUB_API_KEY (401)')
    },
  )

  test.each([
    ['120', 120_000],
    ['99999999', 3_600_000],
  ])('that lasts longer than a thought (%s) is not waited for', async (after, restMs) => {
    answering = () => failing(429, { 'retry-after': after })
    const failure = await failureOf((await brainOf()).think(situation, NEVER))
    expect(failure).toMatchObject({ kind: 'limited', restMs })
    expect(stub.asked).toHaveLength(1)
  })

  test('is silence: it ends with the time-out', async () => {
    answering = () => ({ hangs: true })
    const failure = await failureOf((await brainOf({ timeoutMs: 100 })).think(situation, NEVER))
    expect(failure).toMatchObject({ kind: 'away', message: 'The provider did not answer within 0.1 s' })
    expect(failure.spent.costUsd).toBeGreaterThan(0)
    await stub.asked[0]?.gone
  })

  test('is silence until the time of whoever asked is over: it is paid for, and the breaker counts it', async () => {
    answering = () => ({ hangs: true })
    const guarded = createGuard({ now: () => 0 })(await brainOf(), 'one')
    for (let time = 1; time <= 5; time++) {
      const late = new AbortController()
      const thinking = guarded.think(situation, late.signal)
      await stub.heard(time)
      late.abort(new DOMException('The turn took too long', 'TimeoutError'))
      const { kind, message, spent } = await failureOf(thinking)
      expect({ kind, message }).toEqual({
        kind: 'away',
        message: 'The provider did not answer before the turn had to end',
      })
      const { system, user } = stub.asked[time - 1] ?? {}
      expect(spent.tokensIn).toBe(Math.round(Buffer.byteLength(`${system}${user}`) / 3))
      expect(spent.costUsd).toBeCloseTo((spent.tokensIn * 2) / 1_000_000)
    }
    expect((await failureOf(guarded.think(situation, NEVER))).kind).toBe('unaffordable')
  })

  test('that was being waited for when the time is over is told as it was, and costs nothing', async () => {
    answering = () => failing(429)
    const late = new AbortController()
    const pause: Clock['pause'] = async () => {
      late.abort(new DOMException('The turn took too long', 'TimeoutError'))
      throw late.signal.reason
    }
    const thinking = (await brainOf({ clock: { now: () => 0, pause } })).think(situation, late.signal)
    expect(await failureOf(thinking)).toMatchObject({ kind: 'limited', spent: { tokensIn: 0, costUsd: 0 } })
  })

  test('is a time that is over before anything is asked: nobody is to blame', async () => {
    const late = AbortSignal.abort(new DOMException('The turn took too long', 'TimeoutError'))
    await expect((await brainOf()).think(situation, late)).rejects.toBe(late.reason)
    expect(stub.asked).toEqual([])
  })

  test('is a network without a server', async () => {
    const brain = await brainOf()
    await stub.close()
    const failure = await failureOf(brain.think(situation, NEVER))
    expect(failure).toMatchObject({ kind: 'away', message: 'The provider cannot be reached (ECONNREFUSED)' })
  })

  test.each(['openai', 'anthropic', 'ollama'] as const)(
    'is a redirect: the key of %s goes nowhere else',
    async (kind) => {
      const elsewhere = await startStubModels(() => LIKE)
      answering = () => ({ status: 307, headers: { location: `${elsewhere.baseUrl}/chat/completions` } })
      const { kind: failed, message } = await failureOf((await brainOf({ kind })).think(situation, NEVER))
      expect(failed).toBe('refused')
      expect(message).toContain('redirects')
      expect(elsewhere.asked).toEqual([])
      expect(stub.asked).toHaveLength(1)
      await elsewhere.close()
    },
  )

  test('of a server that knows no schemas is met once: then it is asked in words', async () => {
    answering = ({ body }) => (body['response_format'] ? failing(400) : LIKE)
    const brain = await brainOf({ kind: 'openai-compatible' })
    await brain.think(situation, NEVER)
    await brain.think(situation, NEVER)
    expect(stub.asked.map(({ body }) => 'response_format' in body)).toEqual([true, false, false])
  })

  test('is being told to stop, whatever is under way', async () => {
    answering = () => ({ hangs: true })
    const stop = new AbortController()
    const thinking = (await brainOf()).think(situation, stop.signal)
    await stub.heard(1)
    stop.abort(new Error('enough'))
    await expect(thinking).rejects.toThrow('enough')
    await stub.asked[0]?.gone
  })

  test('is being told to stop while it waits to try again', async () => {
    answering = () => failing(429)
    const stop = new AbortController()
    const clock: Clock = { now: () => 0, pause: async () => stop.abort(new Error('enough')) }
    await expect((await brainOf({ clock })).think(situation, stop.signal)).rejects.toThrow('enough')
    expect(stub.asked).toHaveLength(1)
  })

  test('of one model ends in rest, while the others live on', async () => {
    answering = ({ model }) => (model === 'small-1' ? failing(429) : LIKE)
    const guarded = createGuard({ now: () => 0 })
    const bots = await Promise.all(Array.from({ length: 6 }, () => brainOf()))
    const kinds = []
    for (const bot of bots.map((brain) => guarded(brain, 'one')))
      kinds.push((await failureOf(bot.think(situation, NEVER))).kind)
    expect(kinds).toEqual([...Array<string>(5).fill('limited'), 'unaffordable'])
    expect(stub.asked).toHaveLength(15)
    const other = guarded(await brainOf({ name: 'small-2' }), 'two')
    expect((await other.think(situation, NEVER)).choice).toMatchObject({ action: 'like' })
  })
})

test('a provider shows its key to nobody who prints it', async () => {
  const model = {
    provider: 'openai',
    name: 'x',
    base_url: stub.baseUrl,
    api_key_env: 'STUB_API_KEY',
  } as const
  const { provider } = await readProvider(personaOf({ model }), {
    secret: () => Promise.resolve(KEY),
    prices: new Map(),
  })
  expect(inspect(provider) + JSON.stringify(provider)).not.toContain(KEY)
})
