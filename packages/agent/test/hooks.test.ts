import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { HookCompletion } from '@clawdxcraft/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { ask, describeHooks } from '../../server/test/describe-hooks.ts'
import type { HookAnswer } from '../../server/test/describe-hooks.ts'
import type { HookTurn } from '../src/hooks/runs.ts'
import type { Hooks } from '../src/hooks/server.ts'
import { KEY, SILENT, SPOKEN, TOKEN, awaited, closeHooks, openHooks, said } from './hooks-stage.ts'

afterEach(closeHooks)

describeHooks('the hooks of the built-in agent', openHooks)

const runOf = ({ body }: HookAnswer) => (body as { runId: string }).runId
const untilAborted = async ({ signal }: HookTurn) => {
  if (!signal.aborted) await once(signal, 'abort')
  return SPOKEN
}

describe('a turn', () => {
  test('is given what was asked, and its end is told to whoever waits', async () => {
    const agent = await openHooks({ agents: ['ada', 'bob'], turn: async () => SPOKEN })
    const wanted = { agentId: 'Bob', name: 'ClawdXCraft mention', timeoutSeconds: 7 }
    expect(await ask(agent, awaited('Hello', wanted))).toMatchObject({
      status: 200,
      body: {
        completion: {
          status: 'ok',
          replyDisposition: 'visible',
          delivered: false,
          deliveryAttempted: false,
        },
      },
    })
    expect(agent.turns).toEqual([
      {
        handle: 'bob',
        message: 'Hello',
        name: 'ClawdXCraft mention',
        timeoutMs: 7_000,
        signal: expect.any(AbortSignal),
      },
    ])
  })

  test.each([
    [undefined, 180_000],
    [0.5, 180_000],
    [5e300, 3_600_000],
  ])('that may take %j seconds has a time limit that a timer can hold', async (timeoutSeconds, timeoutMs) => {
    const agent = await openHooks()
    await ask(agent, awaited('Hello', { timeoutSeconds }))
    expect(agent.turns).toMatchObject([{ timeoutMs }])
  })

  test('that fails is an error, of which nothing is told', async () => {
    const turn = () => Promise.reject(new Error(`No model, with ${TOKEN}`))
    const agent = await openHooks({ turn })
    const { status, body } = await ask(agent, awaited('Hello'))
    expect([status, body]).toMatchObject([
      200,
      { completion: { status: 'error', replyDisposition: 'empty' } },
    ])
    expect(JSON.stringify([body, agent.log])).not.toMatch(/No model|token-of/)
  })

  test('that takes too long is told to end and is an error, whatever it says then', async () => {
    const agent = await openHooks({ turn: untilAborted })
    expect(await ask(agent, awaited('Hello', { timeoutSeconds: 1 }))).toMatchObject({
      status: 200,
      body: { completion: { status: 'error', replyDisposition: 'empty' } },
    })
    expect(agent.turns[0]?.signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  test('that does not end when it is told to holds up the next one for its grace only', async () => {
    const turn = ({ message }: HookTurn) =>
      message === 'stuck' ? new Promise<never>(() => {}) : Promise.resolve(SPOKEN)
    const agent = await openHooks({ turn, limits: { graceMs: 20 } })
    await ask(agent, said('stuck', { timeoutSeconds: 1 }))
    expect(await ask(agent, awaited('Hello'))).toMatchObject({ body: { completion: SPOKEN } })
    expect(agent.turns.map(({ message }) => message)).toEqual(['stuck', 'Hello'])
  })
})

describe('turns', () => {
  const sessions = { allowRequestSessionKey: true, allowedSessionKeyPrefixes: ['hook:'] }

  test('of one bot follow one another, in whichever session; those of others do not wait', async () => {
    const ends: (() => void)[] = []
    const turn = async ({ handle }: HookTurn) => {
      if (handle === 'bob') return SPOKEN
      await new Promise<void>((end) => ends.push(end))
      return SILENT
    }
    const agent = await openHooks({ ...sessions, agents: ['ada', 'bob'], turn, limits: { waiting: 2 } })
    const inSession = (message: string, sessionKey: string) =>
      ask(agent, said(message, { agentId: 'ada', sessionMode: 'persistent', sessionKey }))
    await inSession('one', 'hook:1')
    // One finds no place: then the others have theirs.
    const waiting = ['hook:1', 'hook:2', 'hook:3'].map((session) => inSession(session, session))
    expect(await firstOf(waiting, 1)).toMatchObject([{ status: 503 }])
    expect(await ask(agent, awaited('beside', { agentId: 'bob' }))).toMatchObject({ status: 200 })
    expect(agent.turns.map(({ message }) => message)).toEqual(['one', 'beside'])
    for (const count of [3, 4]) {
      ends.shift()?.()
      await agent.begun(count)
      expect([agent.turns.length, ends.length]).toEqual([count, 1])
    }
    ends.shift()?.()
    expect((await Promise.all(waiting)).map(({ status }) => String(status)).toSorted()).toEqual([
      '200',
      '200',
      '503',
    ])
  })

  test('that cannot begin in time do not, and their key is free', async () => {
    const gate = Promise.withResolvers<HookCompletion>()
    const agent = await openHooks({ turn: () => gate.promise, limits: { admissionMs: 1 } })
    await ask(agent, said('one'))
    const second = { ...said('two'), headers: KEY }
    expect(await ask(agent, second)).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      body: { ok: false, error: expect.stringContaining('did not start'), runId: expect.any(String) },
    })
    gate.resolve(SILENT)
    expect(await ask(agent, { ...awaited('two'), headers: KEY })).toMatchObject({ status: 200 })
    expect(agent.turns.map(({ message }) => message)).toEqual(['one', 'two'])
  })

  test('wait up to a number of them; beyond it there is no place, and a bot that is idle needs none', async () => {
    let gate = Promise.withResolvers<HookCompletion>()
    const turn = ({ handle }: HookTurn) => (handle === 'ada' ? gate.promise : Promise.resolve(SPOKEN))
    const agent = await openHooks({ agents: ['ada', 'bob'], turn, limits: { waiting: 2 } })
    const send = (message: string, agentId = 'ada') => ask(agent, said(message, { agentId }))
    // The second time shows that the places are free again.
    for (const expected of [4, 8]) {
      await send('one')
      const answers = ['two', 'three', 'four', 'five'].map((message) => send(message))
      for (const answer of await firstOf(answers, 2)) {
        expect(answer).toMatchObject({
          status: 503,
          headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
          body: { ok: false, error: expect.stringContaining('too many') },
        })
      }
      expect(await send('beside', 'bob')).toMatchObject({ status: 200 })
      gate.resolve(SILENT)
      const statuses = (await Promise.all(answers)).map(({ status }) => String(status))
      expect(statuses.toSorted()).toEqual(['200', '200', '503', '503'])
      expect(agent.turns).toHaveLength(expected)
      gate = Promise.withResolvers()
    }
  })

  test('are not taken twice for one key, until five minutes after their end', async () => {
    let now = 0
    const gate = Promise.withResolvers<HookCompletion>()
    const agent = await openHooks({ now: () => now, turn: () => gate.promise })
    const send = (request = said('Hello')) => ask(agent, { ...request, headers: KEY })
    const run = runOf(await send())
    now = 3_600_000
    expect(runOf(await send())).toBe(run)
    gate.resolve(SPOKEN)
    expect(await send(awaited('Hello'))).toMatchObject({ body: { runId: run, completion: SPOKEN } })
    now += 300_000
    expect(runOf(await send())).toBe(run)
    expect(agent.turns).toHaveLength(1)
    now += 1
    expect(runOf(await send())).not.toBe(run)
    expect(agent.turns).toHaveLength(2)
  })

  test('are remembered up to a thousand', async () => {
    const agent = await openHooks()
    const send = async (key: number) =>
      runOf(await ask(agent, { ...awaited('Hello'), headers: { 'idempotency-key': String(key) } }))
    const [first, second] = [await send(0), await send(1)]
    for (let key = 2; key < 1000; key++) await send(key)
    expect(await send(0)).toBe(first)
    await send(1000)
    expect(await send(0)).toBe(first)
    expect(await send(1)).not.toBe(second)
  })
})

/** The answers that come first. */
async function firstOf(answers: readonly Promise<HookAnswer>[], count: number): Promise<HookAnswer[]> {
  const come: HookAnswer[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const answer of answers) {
    void answer.then((one) => {
      if (come.push(one) === count) resolve()
    })
  }
  await promise
  return come.slice(0, count)
}

describe('a line', () => {
  test('is handed on to the bot that it is for', async () => {
    const agent = await openHooks({ agents: ['ada', 'bob'], wake: () => 'coalesced' })
    const body = { text: 'Look around', mode: 'next-heartbeat', agentId: 'BOB' }
    expect(await ask(agent, { path: '/hooks/wake', body })).toMatchObject({
      status: 200,
      body: { ok: true, mode: 'next-heartbeat', eventOutcome: 'coalesced' },
    })
    expect(agent.lines).toEqual([{ handle: 'bob', text: 'Look around', mode: 'next-heartbeat' }])
    expect(agent.turns).toEqual([])
  })

  test('that nobody can take is a failure, of which only the kind is logged', async () => {
    const wake = () => {
      throw new TypeError('Look around')
    }
    const agent = await openHooks({ wake })
    const answer = await ask(agent, { path: '/hooks/wake', body: { text: 'Look around' } })
    expect(answer).toMatchObject({ status: 500, body: 'Internal Server Error' })
    expect(agent.log).toEqual(['a hook could not be answered (TypeError)'])
  })
})

describe('the door', () => {
  test('forgets bad tokens after a minute, and never shuts to a good one', async () => {
    let now = 0
    const agent = await openHooks({ now: () => now })
    const wrong = () => ask(agent, { token: 'wrong' })
    for (let count = 0; count < 20; count++) expect(await wrong()).toMatchObject({ status: 401 })
    expect(await wrong()).toMatchObject({ status: 429, headers: { 'retry-after': '60' } })
    now = 59_001
    expect(await wrong()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    now = 60_000
    expect(await wrong()).toMatchObject({ status: 401 })
    for (let count = 0; count < 19; count++) await wrong()
    expect(await wrong()).toMatchObject({ status: 429 })
    expect(await ask(agent)).toMatchObject({ status: 200 })
    expect(await wrong()).toMatchObject({ status: 401 })
  })

  test('counts each address on its own', async () => {
    const agent = await openHooks()
    for (let count = 0; count < 21; count++) await ask(agent, { token: 'wrong' })
    expect(await ask(agent, { token: 'wrong' })).toMatchObject({ status: 429 })
    expect(await statusFrom('127.0.0.2', agent)).toBe(401)
  })

  test('is for good tokens only', async () => {
    await expect(openHooks({ token: '' })).rejects.toThrow('16 characters')
    await expect(openHooks({ token: 'x'.repeat(15) })).rejects.toThrow('16 characters')
  })

  test('where the address is taken there is none', async () => {
    const { url } = await openHooks()
    await expect(openHooks({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

async function statusFrom(localAddress: string, { url }: Hooks): Promise<number | undefined> {
  const sent = httpRequest(`${url}/hooks/agent`, { method: 'POST', localAddress, agent: false }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}
