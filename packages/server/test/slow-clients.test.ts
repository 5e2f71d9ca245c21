import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { exchange, expectProblem } from './raw-socket.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const host = 'Host: x\r\n'
const post = `POST /posts HTTP/1.1\r\n${host}Authorization: Bearer ${ADMIN_TOKEN}\r\nContent-Type: application/json\r\n`

async function* drip(first: string, drop: string, everyMs: number): AsyncGenerator<string> {
  for (yield first; ; yield drop) await sleep(everyMs)
}

/** Bytes that begin well and then keep the server waiting, with how long it may. */
const slow: Record<string, readonly [parts: Iterable<string> | AsyncIterable<string>, seconds: number]> = {
  'a client that says nothing': [[], 5],
  'half of a request line': [['GET /hea'], 5],
  'headers that stop': [[`GET /healthz HTTP/1.1\r\n${host}`], 5],
  'headers that drip': [drip(`GET /healthz HTTP/1.1\r\n${host}`, 'X-Drop: x\r\n', 400), 5],
  'the second request of a connection': [[`GET /healthz HTTP/1.1\r\n${host}\r\nGET /`], 5],
  'a body that stops': [[`${post}Content-Length: 100\r\n\r\n{"content": `], 10],
  'a body that drips': [drip(`${post}Content-Length: 1000\r\n\r\n`, 'x', 400), 10],
  'chunks that drip': [drip(`${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n', 400), 10],
}

// The server looks once a second; the rest of the margin is for a busy machine.
const MARGIN_MS = 4_000

test('a client that is too slow is told so and hung up on, while others are served', async () => {
  let isOver = false
  const slowOnes = Object.entries(slow).map(async ([name, [parts, seconds]]) => {
    const { answers, isClosed, ms } = await exchange(server.url, parts)
    expect([name, isClosed]).toEqual([name, true])
    expectProblem(answers.at(-1), 408, 'request_timeout')
    expect(ms, name).toBeGreaterThan(seconds * 1_000 - 500)
    expect(ms, name).toBeLessThan(seconds * 1_000 + MARGIN_MS)
  })
  const others = (async () => {
    while (!isOver) {
      expect((await server.request('GET', '/readyz')).status).toBe(200)
      await sleep(100)
    }
  })()
  await Promise.all(slowOnes).finally(() => (isOver = true))
  await others
}, 30_000)

test('who does not hang up in turn after a refusal is cut off', async () => {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  socket.on('error', () => {}).resume()
  socket.write('not HTTP\r\n\r\n')
  await once(socket, 'end')
  const deadline = Date.now() + 10_000
  while (!socket.closed && Date.now() < deadline) {
    socket.write('x')
    await sleep(50)
  }
  expect(socket.closed).toBe(true)
})
