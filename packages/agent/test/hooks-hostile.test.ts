import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { HookCompletion } from '@clawdxcraft/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { ask } from '../../server/test/describe-hooks.ts'
import { rawBytes, rawRequest } from '../../server/test/raw-request.ts'
import { exchange } from '../../server/test/raw-socket.ts'
import type { HookTurn } from '../src/hooks/runs.ts'
import { KEY, SILENT, SPOKEN, TOKEN, awaited, closeHooks, openHooks, said } from './hooks-stage.ts'

afterEach(closeHooks)

const HELLO = '{"message":"Hello"}'
const BODY_MAX = 256 * 1024

function headOf(headers: Record<string, string | number>, token = TOKEN): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /hooks/agent HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${lines.join('')}\r\n`
}

function bytesOf(body: string | Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(headOf({ 'content-length': Buffer.byteLength(body) })),
    Buffer.from(body),
  ])
}

async function untilAborted({ signal }: HookTurn): Promise<HookCompletion> {
  if (!signal.aborted) await once(signal, 'abort')
  return SPOKEN
}

describe('a hostile request', () => {
  test.each<[string, Buffer, RegExp]>([
    [
      'bytes that are no UTF-8',
      Buffer.from([...Buffer.from('{"message":"'), 0xc3, 0x28, 0x22, 0x7d]),
      /^invalid JSON$/,
    ],
    ['half of a character', Buffer.from(HELLO).subarray(0, -2), /^invalid JSON$/],
    ['a text', Buffer.from('"message"'), /^message required$/],
    ['a number', Buffer.from('7'), /^message required$/],
    ['nothing', Buffer.from('null'), /^message required$/],
    ['brackets that never close', Buffer.alloc(BODY_MAX, '['), /^invalid JSON$/],
    ['a deep list', Buffer.from('['.repeat(BODY_MAX / 2) + ']'.repeat(BODY_MAX / 2)), /^message required$/],
    ['a prototype', Buffer.from('{"__proto__":{"message":"Hello"}}'), /^message required$/],
    ['an agent of every object', Buffer.from('{"message":"x","agentId":"__proto__"}'), /^unknown agentId/],
    ['a method of every object', Buffer.from('{"message":"x","agentId":"constructor"}'), /^unknown agentId/],
  ])('of %s is refused in words of ours', async (_what, body, reason) => {
    const agent = await openHooks()
    const { answers } = await exchange(agent.url, bytesOf(body), { answers: 1 })
    expect(answers).toMatchObject([{ status: 400 }])
    expect(JSON.parse(answers[0]?.text ?? '')).toEqual({ ok: false, error: expect.stringMatching(reason) })
    expect([agent.turns, agent.log]).toEqual([[], []])
  })

  test.each([
    '//',
    '//evil/x',
    '/hooks/%61gent',
    '/hooks/agent/',
    '/hooks/../agent',
    '/HOOKS/agent',
    '*',
    '/hooks/constructor',
  ])('for %s finds nothing', async (path) => {
    const agent = await openHooks()
    expect(await ask(agent, { path })).toMatchObject({ status: 404, body: 'Not Found' })
  })

  test.each(['/hooks/agent?token', '/hooks?a=1&token=x', '/hooks/wake?%74oken=x'])(
    'with a token in the address, as in %s, is refused',
    async (path) => {
      const agent = await openHooks()
      const answer = await ask(agent, { path })
      expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('Bearer') })
    },
  )

  test.each([
    [
      'two lengths',
      'POST /hooks/agent HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    ],
    [
      'length and chunks',
      'POST /hooks/agent HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    ],
    ['endless headers', `POST /hooks/agent HTTP/1.1\r\nx: ${'x'.repeat(32_000)}\r\n\r\n`],
    ['no HTTP', 'Hello, is anybody there?\r\n\r\n'],
  ])('with %s is hung up on', async (_what, bytes) => {
    const agent = await openHooks()
    expect(await rawBytes(agent.url, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(await ask(agent)).toMatchObject({ status: 200 })
  })

  test('with a bad token is answered before it has been sent', async () => {
    const agent = await openHooks()
    const { answers } = await exchange(agent.url, headOf({ 'content-length': 9_999 }, 'bad'), { answers: 1 })
    expect(answers).toMatchObject([{ status: 401 }])
  })

  test('that is too long is refused while it is sent, and the connection serves on', async () => {
    const agent = await openHooks()
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const parts = [headOf({ 'transfer-encoding': 'chunked' }), ...Array.from({ length: 8 }, () => chunk)]
    const all = [...parts, '0\r\n\r\n', bytesOf(HELLO)]
    const { answers } = await exchange(agent.url, all, { answers: 2 })
    expect(answers).toMatchObject([{ status: 413 }, { status: 200 }])
    expect(agent.turns).toMatchObject([{ message: 'Hello' }])
  })

  test('that never ends is refused, and hung up on when its time is over', async () => {
    const agent = await openHooks({ limits: { requestMs: 300 } })
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const socket = connect(Number(new URL(agent.url).port), '127.0.0.1')
    socket.on('error', () => {})
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.write(headOf({ 'transfer-encoding': 'chunked' }))
    const sending = setInterval(() => socket.write(chunk), 5)
    // To hang up on whoever still sends resets the connection, which `once` would take for a failure.
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(sending)
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(await ask(agent)).toMatchObject({ status: 200 })
  })

  test.each([
    ['headers', 'POST /hooks/agent HTTP/1.1\r\n'],
    ['a body', headOf({ 'content-length': 99 }) + HELLO],
    ['a first byte', ''],
  ])('that keeps us waiting for %s is hung up on', async (_what, beginning) => {
    const agent = await openHooks({ limits: { requestMs: 200 } })
    expect(await rawBytes(agent.url, beginning)).toMatch(/^HTTP\/1\.1 408 /)
    expect([agent.turns, agent.log]).toEqual([[], []])
  })

  test('whose sender hangs up in the middle leaves nothing behind', async () => {
    const agent = await openHooks()
    const socket = connect(Number(new URL(agent.url).port), '127.0.0.1')
    socket.write(headOf({ 'content-length': 99 }) + HELLO, () => socket.resetAndDestroy())
    await once(socket, 'close')
    expect(await ask(agent)).toMatchObject({ status: 200 })
    expect([agent.turns.length, agent.log]).toEqual([1, []])
  })

  test('however wrong, is not logged with its token or its text', async () => {
    const agent = await openHooks({ turn: () => Promise.reject(new Error('Hello')) })
    await ask(agent, awaited('Hello'))
    await ask(agent, { token: `${TOKEN}x` })
    await ask(agent, { path: `/hooks/agent?token=${TOKEN}` })
    expect(agent.log).toEqual([])
  })

  test('of a crowd finds its place when another has left', async () => {
    const agent = await openHooks()
    const port = Number(new URL(agent.url).port)
    const crowd = Array.from({ length: 300 }, () => connect(port, '127.0.0.1'))
    for (const socket of crowd) socket.on('error', () => {})
    const turnedAway = await Promise.race(
      crowd.map((socket) => new Promise((resolve) => socket.once('close', () => resolve('turned away')))),
    )
    expect(turnedAway).toBe('turned away')
    for (const socket of crowd) socket.destroy()
    await expect
      .poll(() =>
        ask(agent).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200)
  })
})

describe('the end', () => {
  test('aborts the turn that is on, and tells its end to whoever waits', async () => {
    const agent = await openHooks({ turn: untilAborted })
    const on = ask(agent, awaited('one'))
    await agent.begun(1)
    await agent.close()
    expect(await on).toMatchObject({ status: 200, body: { completion: { status: 'error' } } })
    expect(agent.turns.map(({ message, signal }) => [message, signal.aborted])).toEqual([['one', true]])
    await expect(ask(agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('refuses what comes while a turn ends', async () => {
    const ending = Promise.withResolvers<void>()
    const turn = async (given: HookTurn) => {
      await untilAborted(given)
      await ending.promise
      return SPOKEN
    }
    const agent = await openHooks({ turn })
    await ask(agent, said('one'))
    const closed = agent.close()
    for (const path of ['/hooks/agent', '/hooks/wake'])
      expect(await ask(agent, { path })).toMatchObject({
        status: 503,
        headers: { 'retry-after': expect.any(String), connection: 'close' },
        body: { ok: false, error: 'the agent is stopping' },
      })
    expect(await ask(agent, { token: 'wrong' })).toMatchObject({ status: 401 })
    ending.resolve()
    await closed
    expect(agent.turns).toHaveLength(1)
  })

  test('comes even where a turn never ends, and a sender neither', async () => {
    const agent = await openHooks({ turn: () => new Promise<never>(() => {}), limits: { graceMs: 20 } })
    await ask(agent, said('stuck'))
    const slow = exchange(agent.url, headOf({ 'content-length': 99 }) + HELLO)
    const held = new Agent({ keepAlive: true })
    const idle = httpRequest(`${agent.url}/`, { agent: held }).end()
    const [response] = await once(idle, 'response')
    response.resume()
    await Promise.all([agent.close(), agent.close()])
    expect((await slow).isClosed).toBe(true)
    held.destroy()
  })

  test('loses what was remembered of runs, and nothing that was not begun', async () => {
    const agent = await openHooks({ turn: untilAborted, limits: { waiting: 1 } })
    await ask(agent, { ...said('one'), headers: KEY })
    // One of them finds no place: then the other waits.
    const pair = ['two', 'three'].map((message) => ask(agent, { ...said(message), headers: KEY }))
    expect(await Promise.race(pair)).toMatchObject({ status: 503 })
    await agent.close()
    for (const answer of await Promise.all(pair)) expect(answer).toMatchObject({ status: 503 })

    const again = await openHooks({ port: Number(new URL(agent.url).port), turn: async () => SILENT })
    for (const message of ['two', 'three', 'one'])
      expect(await ask(again, { ...awaited(message), headers: KEY })).toMatchObject({
        status: 200,
        body: { completion: { status: 'ok' } },
      })
    expect(again.turns.map(({ message }) => message)).toEqual(['two', 'three', 'one'])
  })
})

test('a client that reads nothing costs no more than its connection', async () => {
  const agent = await openHooks()
  const socket = connect(Number(new URL(agent.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.pause()
  socket.write(Buffer.concat(Array.from({ length: 200 }, () => bytesOf(HELLO))))
  await agent.begun(100)
  expect((await rawRequest(agent.url, { path: '/' })).status).toBe(404)
  socket.destroy()
})
