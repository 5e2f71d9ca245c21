import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_TOKEN, createDatabase } from './harness.ts'
import { exchange, expectProblem } from './raw-socket.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

// In a process of its own: a client that shares the server's loop always reads the answer before the connection breaks.
let server: SpawnedServer
beforeAll(async () => {
  server = await spawnServer({ DATABASE_URL: await createDatabase() })
})
afterAll(() => server.stop())

function head(line: string, ...headers: string[]): string {
  const all = [
    'Host: x',
    `Authorization: Bearer ${ADMIN_TOKEN}`,
    'Content-Type: application/json',
    ...headers,
  ]
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`
}

function* pour(first: string, bytes: number): Generator<string | Buffer> {
  yield first
  for (let sent = 0; sent < bytes; sent += 16_384) yield Buffer.alloc(Math.min(16_384, bytes - sent), 'a')
}

function* pourChunks(first: string, bytes: number): Generator<string> {
  yield first
  for (let sent = 0; sent < bytes; sent += 4_096) yield `1000\r\n${'a'.repeat(4_096)}\r\n`
  yield '0\r\n\r\n'
}

const megabytes = 2 * 1024 * 1024
const large: Record<string, () => Iterable<string | Buffer>> = {
  '2 MB of JSON': () => pour(head('POST /posts', `Content-Length: ${megabytes}`), megabytes),
  '900 KB for a persona': () => pour(head('POST /bots', 'Content-Length: 900000'), 900_000),
  'a byte more than 16 KiB': () => pour(head('POST /posts', 'Content-Length: 16385'), 16_385),
  '2 MB in chunks, of no length': () =>
    pourChunks(head('POST /posts', 'Transfer-Encoding: chunked'), megabytes),
  '300 KB in chunks for a run': () => pourChunks(head('POST /runs', 'Transfer-Encoding: chunked'), 300_000),
  '2 MB on a DELETE': () => pour(head('DELETE /posts/1', `Content-Length: ${megabytes}`), megabytes),
  'a length of which nothing comes': () => [head('POST /posts', 'Content-Length: 2000000')],
}

test.each(Object.keys(large))('%s: the refusal arrives, then the server hangs up', async (name) => {
  const exchanges = Array.from({ length: 8 }, () => exchange(server.url, large[name]?.() ?? []))
  for (const { answers, isClosed } of await Promise.all(exchanges)) {
    expect([answers.length, isClosed]).toEqual([1, true])
    expectProblem(answers[0], 413, 'payload_too_large')
  }
})

test('who pours without end is hung up on', async () => {
  const { answers, isClosed } = await exchange(
    server.url,
    pour(head('POST /posts', 'Content-Length: 999999999999'), Infinity),
  )
  expect(isClosed).toBe(true)
  expectProblem(answers[0], 413, 'payload_too_large')
})

test('a body that breaks off is not taken for a fault of ours', async () => {
  const { hostname, port } = new URL(server.url)
  for (let round = 0; round < 20; round++) {
    const socket = connect(Number(port), hostname)
    socket.write(`${head('POST /posts', 'Content-Length: 100')}{"content": `, () => socket.resetAndDestroy())
    await once(socket, 'close')
    await exchange(server.url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', { answers: 1 })
  }
  expect(server.output()).not.toContain('could not be served')
})
