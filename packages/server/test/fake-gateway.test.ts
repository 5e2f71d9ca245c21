import type { HookCompletion } from '@clawdxcraft/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { ask, describeHooks } from './describe-hooks.ts'
import type { HookAnswer, HookRequest } from './describe-hooks.ts'
import { startFakeGateway } from './fake-gateway.ts'
import type { FakeGateway, GatewayOptions } from './fake-gateway.ts'
import type { Behaviour } from './receiver.ts'

describeHooks('the hooks of the fake gateway', startFakeGateway)

let gateway: FakeGateway | undefined
afterEach(async () => {
  await gateway?.close()
  gateway = undefined
})

async function open(options: GatewayOptions = {}): Promise<FakeGateway> {
  gateway = await startFakeGateway(options)
  return gateway
}

const KEY = { 'idempotency-key': 'evt_1:bot_1' }
const runOf = ({ body }: HookAnswer) => (body as { runId: string }).runId

/** The error of a request that gets no answer. */
const failure = (fake: FakeGateway, request?: HookRequest) =>
  ask(fake, request).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )

describe('what it tells of the requests that came', () => {
  test('each request as it was sent, and what it was answered', async () => {
    const fake = await open()
    await ask(fake, { body: '{"message": "Hello"}', headers: KEY })
    await ask(fake, { token: 'wrong' })
    expect(fake.requests).toMatchObject([
      {
        method: 'POST',
        path: '/hooks/agent',
        headers: { ...KEY, authorization: `Bearer ${fake.token}` },
        text: '{"message": "Hello"}',
        body: { message: 'Hello' },
        status: 200,
      },
      { status: 401 },
    ])
    expect(`${fake.url}/hooks/agent`).toBe(fake.hook)
  })

  test('the runs that were begun, with what was left out put in', async () => {
    const fake = await open()
    await ask(fake, { headers: KEY, body: { message: 'Hello', deliver: false, timeoutSeconds: 7.9 } })
    await ask(fake, { headers: KEY, body: { message: 'Hello', deliver: false, timeoutSeconds: 7 } })
    await ask(fake, { body: {} })
    expect(fake.runs).toMatchObject([
      {
        path: 'agent',
        message: 'Hello',
        name: 'Hook',
        agentId: 'main',
        wakeMode: 'now',
        sessionMode: 'isolated',
        deliver: false,
        timeoutSeconds: 7,
        idempotencyKey: KEY['idempotency-key'],
      },
    ])
    expect(fake.requests).toHaveLength(3)
  })

  test('how many requests were open at once', async () => {
    const fake = await open()
    fake.behave('late')
    const answers = [ask(fake), ask(fake), ask(fake)]
    await fake.until(() => fake.runs.length === 3)
    expect([fake.inFlight, fake.maxInFlight]).toEqual([3, 3])
    fake.release()
    await Promise.all(answers)
    await fake.until(() => fake.inFlight === 0)
    fake.behave('well')
    await ask(fake)
    expect(fake.maxInFlight).toBe(3)
  })

  test('waiting ends with an error that says what came instead', async () => {
    const fake = await open()
    await ask(fake, { token: 'wrong' })
    await expect(fake.until(2, 1)).rejects.toThrow(/1 requests came\nPOST \/hooks\/agent: 401/)
    const strange = fake.until(() => {
      throw new Error('A strange request')
    })
    await expect(strange).rejects.toThrow('A strange request')
  })
})

describe('misbehaves on demand', () => {
  test('each of the next requests in its own way, then as it was told before', async () => {
    const fake = await open()
    fake.behave(500)
    fake.next({ status: 429, headers: { 'retry-after': '7' } }, 'well', ({ headers }) =>
      headers['idempotency-key'] === undefined ? 503 : 410,
    )
    expect(await ask(fake)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
    expect(await ask(fake)).toMatchObject({ status: 200 })
    expect(await ask(fake, { headers: KEY })).toMatchObject({ status: 410 })
    expect(await ask(fake)).toMatchObject({ status: 500 })
    fake.behave('well')
    expect(await ask(fake)).toMatchObject({ status: 200 })
    expect(fake.runs).toHaveLength(2)
  })

  test('cuts the connection, having done nothing or everything', async () => {
    const fake = await open()
    fake.next('reset', 'lost')
    expect(await failure(fake, { headers: KEY })).toBe('ECONNRESET')
    expect(fake.runs).toHaveLength(0)
    expect(await failure(fake, { headers: KEY })).toBe('ECONNRESET')
    expect(runOf(await ask(fake, { headers: KEY }))).toBe(fake.runs[0]?.runId)
    expect(fake.runs).toHaveLength(1)
    expect(fake.requests.map(({ status }) => status)).toEqual([undefined, undefined, 200])
  })

  test.each<[Behaviour, number | undefined, number]>([
    ['hang', undefined, 0],
    ['late', undefined, 1],
    ['drip', 200, 0],
    ['endless', 200, 0],
  ])('%s does not end before the client does', async (behaviour, status, runs) => {
    const fake = await open()
    fake.behave(behaviour)
    const hangUp = new AbortController()
    const sent = fetch(fake.hook, {
      method: 'POST',
      headers: { authorization: `Bearer ${fake.token}` },
      body: '{"message":"Hello"}',
      signal: hangUp.signal,
    })
    if (status === undefined) await fake.until(() => fake.requests.length === 1 && fake.runs.length === runs)
    else await expect((await sent).body?.getReader().read()).resolves.toMatchObject({ done: false })
    expect(fake).toMatchObject({ inFlight: 1, requests: [{ status, endedAt: undefined }] })
    hangUp.abort()
    await sent.catch(() => {})
    await fake.until(() => fake.inFlight === 0)
    expect(fake.requests[0]?.endedAt).toBeGreaterThan(0)
    expect(fake.runs).toHaveLength(runs)
  })

  test('ends what is open when it is closed, and can come back at its place', async () => {
    const fake = await open()
    fake.behave('hang')
    const open_ = failure(fake)
    await fake.until(1)
    await fake.close()
    expect(await open_).toBe('ECONNRESET')
    expect(await failure(fake)).toBe('ECONNREFUSED')
    const back = await open({ port: Number(new URL(fake.url).port) })
    expect(back.url).toBe(fake.url)
    expect(await ask(back)).toMatchObject({ status: 200 })
  })
})

describe('time', () => {
  test('bad tokens are forgotten after a minute', async () => {
    let now = 0
    const fake = await open({ now: () => now })
    const wrong = () => ask(fake, { token: 'wrong' })
    for (let count = 0; count < 20; count++) expect(await wrong()).toMatchObject({ status: 401 })
    expect(await wrong()).toMatchObject({
      status: 429,
      headers: { 'retry-after': '60' },
      body: 'Too Many Requests',
    })
    now = 59_001
    expect(await wrong()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    now = 60_000
    expect(await wrong()).toMatchObject({ status: 401 })
  })

  test('a run is remembered until five minutes after its end', async () => {
    let now = 0
    const thought = Promise.withResolvers<HookCompletion>()
    const fake = await open({ now: () => now, think: () => thought.promise })
    const run = runOf(await ask(fake, { headers: KEY }))
    now = 3_600_000
    expect(runOf(await ask(fake, { headers: KEY }))).toBe(run)
    thought.resolve({ status: 'ok', replyDisposition: 'silent' })
    const body = { message: 'Hello', deliver: false, waitForCompletion: true }
    expect(await ask(fake, { headers: KEY, body })).toMatchObject({
      body: { runId: run, completion: { status: 'ok' } },
    })
    now += 300_000
    expect(runOf(await ask(fake, { headers: KEY }))).toBe(run)
    now += 1
    expect(runOf(await ask(fake, { headers: KEY }))).not.toBe(run)
  })

  test('of finished runs it remembers a thousand', async () => {
    const fake = await open()
    const send = async (key: number) =>
      runOf(await ask(fake, { headers: { 'idempotency-key': String(key) } }))
    const first = await send(0)
    const second = await send(1)
    for (let key = 2; key < 1000; key++) await send(key)
    // Asked for again, it is the last to be forgotten.
    expect(await send(0)).toBe(first)
    await send(1000)
    expect(await send(0)).toBe(first)
    expect(await send(1)).not.toBe(second)
  })
})

describe('runs', () => {
  const SESSION = { allowRequestSessionKey: true, allowedSessionKeyPrefixes: ['hook:'] }
  const inSession = (message: string) => ({
    body: { message, deliver: false, sessionMode: 'persistent', sessionKey: 'hook:1' },
  })

  test('a failed one is still answered with 200', async () => {
    const fake = await open({ think: () => Promise.reject(new Error('No model')) })
    const body = { message: 'Hello', deliver: false, waitForCompletion: true }
    expect(await ask(fake, { body })).toMatchObject({
      status: 200,
      body: { completion: { status: 'error' } },
    })
  })

  test('those of one session wait for one another, others do not', async () => {
    const thought = Promise.withResolvers<HookCompletion>()
    const fake = await open({ ...SESSION, think: () => thought.promise })
    await ask(fake, inSession('one'))
    const second = ask(fake, inSession('two'))
    await fake.until(2)
    await ask(fake, { body: { message: 'beside', deliver: false } })
    expect(fake.runs.map(({ message }) => message)).toEqual(['one', 'beside'])
    thought.resolve({ status: 'ok', replyDisposition: 'silent' })
    expect(await second).toMatchObject({ status: 200 })
    expect(fake.runs.map(({ message }) => message)).toEqual(['one', 'beside', 'two'])
  })

  test('one that cannot start in time is not begun, and its key is free', async () => {
    const thought = Promise.withResolvers<HookCompletion>()
    const fake = await open({ ...SESSION, think: () => thought.promise, admissionMs: 1 })
    await ask(fake, inSession('one'))
    const second = { ...inSession('two'), headers: KEY }
    expect(await ask(fake, second)).toMatchObject({ status: 503, body: { ok: false } })
    thought.resolve({ status: 'ok', replyDisposition: 'silent' })
    expect(await ask(fake, second)).toMatchObject({ status: 200 })
    expect(fake.runs.map(({ message }) => message)).toEqual(['one', 'two'])
  })
})

describe('mappings', () => {
  const payload = { source: 'clawdxcraft', type: 'post.created', data: { tags: [{ key: 'ai' }], n: 7 } }
  const send = (fake: FakeGateway, path: string, body: unknown = payload) =>
    ask(fake, { path: `/hooks/${path}?q=1`, body, headers: KEY })

  test('make a run of a template; the first that fits counts', async () => {
    const fake = await open({
      agents: ['main', 'clawdx'],
      mappings: [
        { path: 'clawdxcraft', source: 'other', messageTemplate: 'never' },
        {
          path: 'clawdxcraft',
          messageTemplate:
            '{{type}} {{ data.tags[0].key }} {{payload.data.n}} {{data}} {{headers.idempotency-key}} {{query.q}} {{path}}{{no.such}}',
          sessionKey: 'hook:mine',
          fields: { agentId: 'clawdx', name: 'ClawdXCraft' },
        },
        { messageTemplate: 'never' },
      ],
    })
    const answer = await send(fake, 'clawdxcraft')
    expect(answer).toMatchObject({ status: 200, body: { ok: true, runId: expect.any(String) } })
    expect(fake.runs).toMatchObject([
      {
        path: 'clawdxcraft',
        message: `post.created ai 7 ${JSON.stringify(payload.data)} evt_1:bot_1 1 clawdxcraft`,
        sessionKey: 'hook:mine',
        agentId: 'clawdx',
        name: 'ClawdXCraft',
      },
    ])
    expect(runOf(await send(fake, 'clawdxcraft'))).toBe(runOf(answer))
  })

  test('drop, replace or wake', async () => {
    const fake = await open({
      mappings: [
        { path: 'drop', messageTemplate: 'x', transform: () => null },
        { path: 'replace', messageTemplate: 'x', transform: (from) => ({ message: from.payload['type'] }) },
        { path: 'wake', action: 'wake', textTemplate: 'never' },
        { path: 'ring', action: 'wake', textTemplate: 'A {{type}}' },
      ],
    })
    expect(await send(fake, 'drop')).toMatchObject({ status: 204, body: '' })
    expect(await send(fake, 'replace')).toMatchObject({ status: 200 })
    expect(await send(fake, 'ring')).toMatchObject({ status: 200, body: { mode: 'now' } })
    expect(await send(fake, 'ring')).toMatchObject({ body: { eventOutcome: 'coalesced' } })
    expect(fake.runs).toMatchObject([{ message: 'post.created' }])
    expect(fake.wakes[0]).toMatchObject({ text: 'A post.created', agentId: 'main' })
  })

  test('are refused where they make nothing, or a session that callers may not choose', async () => {
    const mappings = [
      { path: 'empty', messageTemplate: '{{no.such}}' },
      { path: 'session', messageTemplate: 'x', sessionKey: 'hook:{{type}}' },
    ]
    const fake = await open({ mappings })
    expect(await send(fake, 'empty')).toMatchObject({
      status: 400,
      body: { error: 'hook mapping requires message' },
    })
    expect(await send(fake, 'session')).toMatchObject({ status: 400 })
    expect(await send(fake, 'unmapped')).toMatchObject({ status: 404, body: 'Not Found' })
    expect(fake.runs).toEqual([])
  })
})

describe('a gateway of an older release', () => {
  test('says 202, repeats what is repeated, and waits for nothing', async () => {
    const fake = await open({ version: '2026.2' })
    const body = { message: 'Hello', deliver: false, waitForCompletion: true }
    const answer = await ask(fake, { headers: KEY, body })
    expect(answer).toMatchObject({ status: 202, body: { ok: true } })
    expect(answer.body).not.toHaveProperty('completion')
    expect(runOf(await ask(fake, { headers: KEY, body }))).not.toBe(runOf(answer))
    expect(fake.runs).toHaveLength(2)
  })

  test('takes its first agent for one that it does not know', async () => {
    const fake = await open({ version: '2026.2', agents: ['main', 'clawdx'] })
    for (const agentId of ['nobody', 'clawdx', undefined])
      expect(await ask(fake, { body: { message: 'Hello', agentId } })).toMatchObject({ status: 202 })
    expect(fake.runs.map(({ agentId }) => agentId)).toEqual(['main', 'clawdx', 'main'])
  })
})
