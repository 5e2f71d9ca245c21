import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { shortFetch } from '../src/town/short-fetch.ts'

let server: Server
let url: string
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
let connections = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => answer(request, response, body))
  }).on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  answer = (request, response, body) =>
    response.writeHead(201, { 'content-type': 'application/json', 'x-request-id': 'abc' }).end(
      JSON.stringify({
        method: request.method,
        path: request.url,
        body,
        type: request.headers['content-type'],
      }),
    )
})

test('asks and answers as fetch does', async () => {
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":"ä 日本"}' }
  const [ours, theirs] = await Promise.all(
    [shortFetch, fetch].map(async (ask) => {
      const response = await ask(new URL('/posts?x=1', url), asked)
      const { status, ok } = response
      return { status, ok, id: response.headers.get('x-request-id'), said: await response.json() }
    }),
  )
  expect(ours).toEqual(theirs)
  expect(ours?.said).toMatchObject({ method: 'POST', path: '/posts?x=1', body: '{"a":"ä 日本"}' })
})

test('knows answers without a body, and those that refuse', async () => {
  answer = (_request, response) => response.writeHead(204).end()
  expect(await (await shortFetch(url)).text()).toBe('')
  answer = (_request, response) =>
    response.writeHead(429, { 'retry-after': '7' }).end('{"code":"rate_limited"}')
  const refused = await shortFetch(url, { method: 'PUT' })
  expect([refused.ok, refused.status, refused.headers.get('retry-after')]).toEqual([false, 429, '7'])
})

test('keeps its connections', async () => {
  await shortFetch(url)
  const before = connections
  for (let time = 0; time < 20; time++) await (await shortFetch(url, { method: 'POST', body: '{}' })).text()
  expect(connections).toBe(before)
})

test('ends with the reason of its signal, before and while it waits', async () => {
  const reason = new Error('over')
  await expect(shortFetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const asked = new AbortController()
  answer = () => asked.abort(reason)
  await expect(shortFetch(url, { signal: asked.signal })).rejects.toBe(reason)
  const halfway = new AbortController()
  answer = (_request, response) => {
    response.write('half of')
    response.flushHeaders()
    setImmediate(() => halfway.abort(reason))
  }
  await expect(shortFetch(url, { signal: halfway.signal })).rejects.toBe(reason)
})

test.each<[string, typeof answer]>([
  ['a connection that breaks', (request) => request.socket.destroy()],
  [
    'an answer that breaks off',
    (request, response) => response.write('half', () => request.socket.destroy()),
  ],
  ['a redirect', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
  ['an answer without an end', (_request, response) => response.end('x'.repeat(2 * 1024 * 1024))],
])('fails as fetch does at %s', async (_name, broken) => {
  answer = broken
  const failed = await shortFetch(url).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(TypeError)
  expect((failed as TypeError).cause).toBeInstanceOf(Error)
})

test('fails where nobody listens', async () => {
  await expect(shortFetch('http://127.0.0.1:9')).rejects.toMatchObject({ message: 'fetch failed' })
})
