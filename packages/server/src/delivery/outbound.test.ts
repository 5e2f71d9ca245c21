import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { BlockList, createServer as createTcp } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createGuard, parseAllowList } from './guard.ts'
import type { Guard } from './guard.ts'
import { OutboundError } from './outbound-error.ts'
import { createOutbound, selfTest } from './outbound.ts'
import type { OutboundOptions } from './outbound.ts'

const SECRET = 'whsec_c2VjcmV0'
const open: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

function client(guard: Guard = createGuard(parseAllowList('127.0.0.0/8'))) {
  const outbound = createOutbound(guard)
  open.push(() => outbound.close())
  return {
    close: () => outbound.close(),
    post: (url: string, options: Partial<OutboundOptions> = {}) =>
      outbound.post(url, {
        headers: { 'webhook-secret': SECRET },
        body: '{"a":1}',
        timeoutMs: 10_000,
        signal: new AbortController().signal,
        ...options,
      }),
  }
}

async function listen(server: Server): Promise<{ url: string; sockets: Socket[] }> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets }
}

const sink = (answer: (response: ServerResponse, request: IncomingMessage) => unknown) =>
  listen(createHttp((request, response) => void answer(response, request)))

/** Whatever is sent, this is what comes back. */
const raw = (answer: (socket: Socket) => unknown) =>
  listen(createTcp((socket) => socket.once('data', () => answer(socket))))

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket && !socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

async function failure(sent: Promise<unknown>): Promise<OutboundError> {
  const error: unknown = await sent.then(
    () => expect.fail('It was answered'),
    (reason: unknown) => reason,
  )
  return error instanceof OutboundError ? error : expect.fail(String(error))
}

function drip(write: () => unknown, response: ServerResponse | Socket): void {
  const timer = setInterval(write, 10)
  response.once('close', () => clearInterval(timer))
}

describe('an answer', () => {
  test('comes to a POST with these headers and this body', async () => {
    const { url } = await sink((response, { method, url: path, headers }) => {
      response.setHeader('content-type', 'application/json')
      response.statusCode = 202
      response.end(
        JSON.stringify({
          method,
          path,
          secret: headers['webhook-secret'],
          length: headers['content-length'],
        }),
      )
    })
    expect(await client().post(`${url}hooks?a=b#c`)).toEqual({
      status: 202,
      body: `{"method":"POST","path":"/hooks?a=b","secret":"${SECRET}","length":"7"}`,
      headers: { 'content-type': 'application/json', 'content-length': expect.any(String) },
      retryAfter: undefined,
    })
  })

  test.each([301, 302, 303, 307, 308])('%i is an answer, and leads nowhere', async (status) => {
    const target = await sink((response) => response.end())
    const { url } = await sink((response) =>
      response.writeHead(status, { location: target.url }).end('moved'),
    )
    expect(await client().post(url)).toMatchObject({ status, body: 'moved' })
    expect(target.sockets).toEqual([])
  })

  test.each([
    ['30', 30],
    ['0', 0],
    ['9'.repeat(400), 2 ** 31],
    ['-1', undefined],
    ['soon', undefined],
    ['', undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 2 ** 31],
  ])('asks to be left alone: %s', async (header, retryAfter) => {
    const { url } = await sink((response) => response.writeHead(429, { 'retry-after': header }).end())
    expect(await client().post(url)).toMatchObject({ status: 429, retryAfter })
  })

  test('asks to be left alone until a time', async () => {
    const at = new Date(Date.now() + 3_600_000).toUTCString()
    const { url } = await sink((response) => response.writeHead(503, { 'retry-after': at }).end())
    const { retryAfter } = await client().post(url)
    expect(retryAfter).toBeGreaterThan(3_000)
    expect(retryAfter).toBeLessThanOrEqual(3_600)
  })

  test('keeps the connection for the next one', async () => {
    const { url, sockets } = await sink((response) => response.end('x'.repeat(8_192)))
    const { post } = client()
    for (let i = 0; i < 6; i++) expect((await post(url)).body).toHaveLength(8_192)
    // The second one begins before the first has let go of its connection.
    expect(sockets.length).toBeLessThanOrEqual(2)
  })

  test('does not wait for others at the same host', async () => {
    const { url } = await sink((response, { url: path }) => path === '/quick' && response.end())
    const { post } = client()
    const slow = Array.from({ length: 100 }, () =>
      post(`${url}slow`).catch((error: OutboundError) => error.code),
    )
    expect(await post(`${url}quick`)).toMatchObject({ status: 200 })
    open.push(() => Promise.all(slow))
  })
})

describe('a body', () => {
  test('without an end is read for 8 KiB', async () => {
    let written = 0
    const { url, sockets } = await sink((response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536
      }
      response.on('drain', pour)
      pour()
    })
    const { status, body } = await client().post(url)
    expect([status, body.length]).toEqual([200, 8_192])
    await closed(sockets[0])
    // What fits into the buffers of a loopback connection.
    expect(written).toBeLessThan(64 * 2 ** 20)
  })

  test('that drips is not waited for', async () => {
    const { url, sockets } = await sink((response) => drip(() => response.write('.'), response))
    const { status, body } = await client().post(url, { timeoutMs: 500 })
    expect(status).toBe(200)
    expect(body).toMatch(/^\.+$/)
    await closed(sockets[0])
  })

  test('that never begins is not waited for', async () => {
    const { url, sockets } = await sink((response) => response.writeHead(206).flushHeaders())
    expect(await client().post(url, { timeoutMs: 500 })).toMatchObject({ status: 206, body: '' })
    await closed(sockets[0])
  })

  test('that breaks off counts as far as it came', async () => {
    const { url } = await raw((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => socket.destroy()),
    )
    expect(await client().post(url)).toMatchObject({ status: 200, body: 'half' })
  })

  test('that is compressed stays so', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20))
    const { url } = await sink((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )
    const { body } = await client().post(url)
    expect(body).toBe(bomb.subarray(0, 8_192).toString('utf8'))
  })
})

describe('there is no answer', () => {
  test.each<[string, string, string, (socket: Socket) => unknown]>([
    ['nothing is said', 'timeout', 'No answer came in time', () => {}],
    [
      'headers drip',
      'timeout',
      'No answer came in time',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ')
        drip(() => socket.write('x'), socket)
      },
    ],
    [
      'it is always just about to come',
      'timeout',
      'No answer came in time',
      (socket) => drip(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), socket),
    ],
    [
      'the connection is reset',
      'reset',
      'The connection ended before an answer came (ECONNRESET)',
      (socket) => socket.resetAndDestroy(),
    ],
    [
      'the connection ends',
      'reset',
      'The connection ended before an answer came (UND_ERR_SOCKET)',
      (socket) => socket.end(),
    ],
    [
      'it is not HTTP',
      'protocol',
      'What came back was no HTTP answer',
      (socket) => socket.end('SSH-2.0-OpenSSH_9.2 hello\r\n'),
    ],
    [
      'the headers are too long',
      'protocol',
      'What came back was no HTTP answer',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'hello'.repeat(20_000)}\r\n\r\n`),
    ],
  ])('when %s', async (_, code, message, answer) => {
    const { url, sockets } = await raw(answer)
    const error = await failure(client().post(url, { timeoutMs: 1_000 }))
    expect({ code: error.code, message: error.message, cause: error.cause }).toEqual({ code, message })
    await closed(sockets[0])
  })

  test('when nobody listens', async () => {
    const error = await failure(client().post('http://127.0.0.1:1/'))
    expect([error.code, error.message]).toEqual([
      'connect',
      'The host takes no connection there (ECONNREFUSED)',
    ])
  })

  test('when it is not TLS', async () => {
    const { url } = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect((await failure(client().post(url.replace('http:', 'https:')))).code).toBe('tls')
  })

  test('when TLS is never spoken, and nothing stays open', async () => {
    const { url, sockets } = await raw(() => {})
    expect((await failure(client().post(url.replace('http:', 'https:'), { timeoutMs: 200 }))).code).toBe(
      'timeout',
    )
    await closed(sockets[0])
  })

  test.each(['before it is sent', 'while it is under way'])('when it is given up %s', async (when) => {
    const { url, sockets } = await sink(() => stop.abort(new Error(SECRET)))
    const stop = new AbortController()
    if (when === 'before it is sent') stop.abort(new Error(SECRET))
    const error = await failure(client().post(url, { signal: stop.signal }))
    expect([error.code, error.message]).toEqual(['aborted', 'The request was given up from our side'])
    await closed(sockets[0])
  })

  test('when the client is closed', async () => {
    const { post, close } = client()
    const { url, sockets } = await sink(() => close())
    expect((await failure(post(url))).code).toBe('aborted')
    await closed(sockets[0])
    expect((await failure(post(url))).code).toBe('aborted')
  })
})

describe('each lock of the door holds alone', () => {
  const nobody = createGuard(parseAllowList(''))
  const blind = { ...nobody, judge: (url: string) => ({ url: new URL(url) }) }

  /** What came in at a door that must not be used. */
  async function knocks(guard: Guard, scheme: string) {
    let bytes = 0
    const { url, sockets } = await listen(
      createTcp((socket) => socket.on('data', ({ length }) => (bytes += length))),
    )
    const { code } = await failure(client(guard).post(url.replace('http', scheme)))
    await Promise.all(sockets.map(closed))
    return { code, sockets: sockets.length, bytes }
  }

  test.each(['http', 'https'])('the rules for sockets: %s', async (scheme) => {
    expect(await knocks({ ...blind, mayReach: () => true }, scheme)).toEqual({
      code: 'refused',
      sockets: 0,
      bytes: 0,
    })
  })

  test.each(['http', 'https'])('the look at who is there: %s', async (scheme) => {
    const found = await knocks({ ...blind, blockList: new BlockList() }, scheme)
    expect(found).toMatchObject({ code: 'refused', bytes: 0 })
  })

  test.each(['http', 'https'])('and without both it is open: %s', async (scheme) => {
    const { url, sockets } = await raw((socket) => socket.end())
    const guard = { ...blind, blockList: new BlockList(), mayReach: () => true }
    expect((await failure(client(guard).post(url.replace('http', scheme)))).code).toBe('reset')
    expect(sockets).toHaveLength(1)
  })

  test('a server does not start where Node ignores the rules', async () => {
    await expect(selfTest()).resolves.toBeUndefined()
    vi.spyOn(BlockList.prototype, 'check').mockReturnValue(false)
    await expect(selfTest()).rejects.toThrow(/^The guard of webhooks did not stop https?:.*: connect$/)
    vi.restoreAllMocks()
  })
})
