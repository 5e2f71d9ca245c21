import type { ErrorCode } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { endpoints, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { exchange, expectProblem } from './raw-socket.ts'
import type { RawAnswer } from './raw-socket.ts'
import { tableDigests } from './tables.ts'

let server: TestServer
let ada: TestBot
let atFirst: Record<string, string>

beforeAll(async () => {
  server = await startTestServer({}, { role: 'api' })
  ada = await newBot(server, 'ada_x')
  atFirst = await tableDigests(server.pool)
})
afterAll(() => server.close())

const host = 'Host: x\r\n'

/** The head of a request by the bot. */
function head(line: string, ...headers: string[]): string {
  const all = [`Authorization: Bearer ${ada.token}`, 'Content-Type: application/json', ...headers]
  return `${line} HTTP/1.1\r\n${host}${all.join('\r\n')}\r\n\r\n`
}

/** The one answer to one request on a connection of its own. */
async function ask(bytes: string | Uint8Array, options = {}): Promise<RawAnswer> {
  const { answers } = await exchange(server.url, bytes, { answers: 1, ...options })
  if (!answers[0]) throw new Error('The server hung up without an answer')
  return answers[0]
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\n${host}\r\n`
}

describe('what is no request', () => {
  const crooked: Record<string, string | Uint8Array> = {
    'a greeting of TLS': Buffer.from('16030102000100', 'hex'),
    'a greeting of SSH': 'SSH-2.0-x\r\n\r\n',
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a method that is none': `FOO /posts HTTP/1.1\r\n${host}\r\n`,
    'a method in small letters': `get /healthz HTTP/1.1\r\n${host}\r\n`,
    'a version that is none': `GET /healthz HTTP/9.9\r\n${host}\r\n`,
    'no version': 'GET /healthz\r\n\r\n',
    'a header without colon': `GET /healthz HTTP/1.1\r\n${host}nonsense\r\n\r\n`,
    'a header with a space in its name': `GET /healthz HTTP/1.1\r\n${host}a b: c\r\n\r\n`,
    'a NUL in a header': `GET /healthz HTTP/1.1\r\n${host}a: b\0c\r\n\r\n`,
    'a NUL in the path': `GET /bots/a\0b HTTP/1.1\r\n${host}\r\n`,
    'a space in the path': `GET /bots/a b HTTP/1.1\r\n${host}\r\n`,
    'bytes beyond ASCII in the path': Buffer.from(
      `GET /tags/\xE9\xFF/posts HTTP/1.1\r\n${host}\r\n`,
      'latin1',
    ),
    'a length and chunks': `POST /posts HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'chunks and a length': `POST /posts HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    'two lengths': `POST /posts HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    'a length below nothing': `POST /posts HTTP/1.1\r\n${host}Content-Length: -5\r\n\r\n`,
    'a length with a sign': `POST /posts HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\nabcde`,
    'a length beyond numbers': `POST /posts HTTP/1.1\r\n${host}Content-Length: ${'9'.repeat(40)}\r\n\r\n`,
    'an encoding without chunks': `POST /posts HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\nabc`,
    'a chunk without length': `POST /posts HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n`,
    'a chunk of more than it says': `POST /posts HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`,
  }
  test.each(Object.keys(crooked))('%s is refused and hung up on', async (name) => {
    const { answers, isClosed } = await exchange(server.url, crooked[name] ?? '')
    expect([answers.length, isClosed]).toEqual([1, true])
    expectProblem(answers[0], 400, 'bad_request')
  })

  test.each([
    ['a header of 32 KB', `a: ${'x'.repeat(32_768)}\r\n`],
    ['1,500 headers', 'a: b\r\n'.repeat(1_500)],
    ['a cookie of 9 KB', `Cookie: clawdx_session=${'x'.repeat(9_000)}\r\n`],
  ])('%s is too much', async (_name, headers) => {
    const { answers, isClosed } = await exchange(server.url, `GET /healthz HTTP/1.1\r\n${host}${headers}\r\n`)
    expect(isClosed).toBe(true)
    expectProblem(answers[0], 431, 'headers_too_large')
  })

  test.each([
    ['no host', ''],
    ['two hosts', 'Host: a\r\nHost: b\r\n'],
    ['one host twice', `${host}${host}`],
  ])('a request that names %s', async (_name, hosts) => {
    expectProblem(await ask(`GET /healthz HTTP/1.1\r\n${hosts}\r\n`), 400, 'bad_request')
    expectProblem(await ask(`POST /posts HTTP/1.1\r\n${hosts}Content-Length: 0\r\n\r\n`), 400, 'bad_request')
  })

  test('HTTP/1.0 needs no host', async () => {
    expect(await ask('GET /healthz HTTP/1.0\r\n\r\n')).toMatchObject({ status: 200, text: '{"status":"ok"}' })
  })

  test('a tunnel is not dug', async () => {
    expect(await exchange(server.url, `CONNECT example.org:443 HTTP/1.1\r\n${host}\r\n`)).toMatchObject({
      isClosed: true,
      answers: [],
    })
  })
})

test('a body is not read where nobody would want it', async () => {
  expectProblem(await ask(head('POST /nowhere', 'Content-Length: 2000000')), 404, 'not_found')
  expectProblem(await ask(head('PUT /posts', 'Content-Length: 2000000')), 405, 'method_not_allowed')
})

describe('an address', () => {
  test.each<[path: string, status: number, code: ErrorCode]>([
    ['/bots/%zz', 400, 'bad_request'],
    ['/bots/%', 400, 'bad_request'],
    ['/bots/%ff', 400, 'bad_request'],
    ['/bots/%c0%80', 400, 'bad_request'],
    ['/bots/%ed%a0%80', 400, 'bad_request'],
    ['/bots/%00', 404, 'bot_not_found'],
    ['/bots/ada_x%00', 404, 'bot_not_found'],
    ['/bots/ada_x%0a', 404, 'bot_not_found'],
    ['/bots/%F0%9F%98%80', 404, 'bot_not_found'],
    ["/bots/'%20or%201=1--", 404, 'bot_not_found'],
    ['/bots/99999999999999999999', 404, 'bot_not_found'],
    ['/bots/__proto__', 404, 'bot_not_found'],
    ['/bots/constructor/followers', 404, 'bot_not_found'],
    [`/bots/${'a'.repeat(41)}`, 422, 'validation_failed'],
    [`/bots/${'a'.repeat(2_000)}`, 414, 'uri_too_long'],
    [`/tags/${'%F0%9F%98%80'.repeat(600)}/posts`, 414, 'uri_too_long'],
    [`/${'a'.repeat(7_000)}`, 404, 'not_found'],
    [`/${'a/'.repeat(3_500)}`, 404, 'not_found'],
    ['/tags/%00/posts', 422, 'validation_failed'],
    ['/posts/%31%30', 404, 'post_not_found'],
    ['/posts/9223372036854775807', 404, 'post_not_found'],
    ['/posts/9223372036854775808', 422, 'validation_failed'],
    ['/posts/-1', 422, 'validation_failed'],
    ['/posts/01', 422, 'validation_failed'],
    ['/posts/1e3', 422, 'validation_failed'],
    ['/posts/0x10', 422, 'validation_failed'],
    ['/posts/%D9%A1', 422, 'validation_failed'],
    ['/posts/1%00', 422, 'validation_failed'],
    ['/posts/', 404, 'not_found'],
    ['/posts//thread', 404, 'not_found'],
    ['/posts/1/', 404, 'not_found'],
    ['/posts/../../etc/passwd', 404, 'not_found'],
    ['/POSTS/feed', 404, 'not_found'],
    ['//', 404, 'not_found'],
    ['//evil.example/healthz', 404, 'not_found'],
    ['*', 404, 'not_found'],
    ['ftp://x/healthz', 404, 'not_found'],
    ['http://x/none', 404, 'not_found'],
    ['http://x/none?limit=1', 404, 'not_found'],
    ['http://x/bots/nobody_x', 404, 'bot_not_found'],
  ])('%.60s', async (path, status, code) => {
    expectProblem(await ask(get(path)), status, code)
  })

  test('may be written as a proxy writes it', async () => {
    expect(await ask(get('http://elsewhere.example:81/healthz'))).toMatchObject({ status: 200 })
    expect(await ask(get('HTTPS://elsewhere.example/posts/feed?limit=1'))).toMatchObject({ status: 200 })
    const answer = await ask(
      `PUT http://elsewhere.example/posts HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
    )
    expect(expectProblem(answer, 405, 'method_not_allowed').instance).toBe('/posts')
  })

  const concrete = [...new Set(endpoints.map(({ path }) => path.replaceAll(/:\w+/g, '1')))]
  test.each(concrete)('%s takes no method that nobody declared', async (path) => {
    for (const method of ['TRACE', 'PROPFIND', 'QUERY', 'M-SEARCH']) {
      const answer = await ask(`${method} ${path} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`)
      expectProblem(answer, 405, 'method_not_allowed')
      expect(answer.headers['allow']).toMatch(
        /^(GET|HEAD|POST|PUT|PATCH|DELETE)(, (GET|HEAD|POST|PUT|PATCH|DELETE))*$/,
      )
    }
    expect((await ask(`OPTIONS ${path} HTTP/1.1\r\n${host}\r\n`)).status).toBe(204)
  })
})

describe('an upgrade', () => {
  const asking = (line: string, ...headers: string[]) =>
    `${line} HTTP/1.1\r\n${host}Connection: Upgrade\r\n${headers.join('\r\n')}\r\n\r\n`
  const websocket = [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]

  test('to anything but a WebSocket is left aside', async () => {
    expect(await ask(asking('GET /healthz', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'))).toMatchObject({
      status: 200,
    })
    expect(await ask(asking('GET /healthz', 'Upgrade: TLS/1.0'))).toMatchObject({ status: 200 })
  })

  test.each<[name: string, bytes: string, status: number, code: ErrorCode]>([
    ['elsewhere', asking('GET /posts/feed', ...websocket), 404, 'not_found'],
    ['at an address that is none', asking('GET //', ...websocket), 404, 'not_found'],
    ['at a broken address', asking('GET http://[/ws/feed', ...websocket), 404, 'not_found'],
    ['with a POST', asking('POST /ws/feed', ...websocket), 405, 'method_not_allowed'],
    [
      'with a bad token',
      asking('GET /ws/feed', ...websocket, 'Authorization: Bearer x'),
      401,
      'invalid_token',
    ],
    [
      'without a key',
      asking('GET /ws/feed', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'),
      400,
      'bad_request',
    ],
    [
      'of another version',
      asking('GET /ws/feed', 'Upgrade: websocket', 'Sec-WebSocket-Version: 99', ...websocket.slice(2)),
      400,
      'bad_request',
    ],
  ])('%s is refused', async (_name, bytes, status, code) => {
    const { answers, isClosed } = await exchange(server.url, bytes)
    expect(isClosed).toBe(true)
    expectProblem(answers[0], status, code)
  })
})

test('nothing of all this was written, and the server is as well as before', async () => {
  expect(await tableDigests(server.pool)).toEqual(atFirst)
  expect((await server.request('GET', '/readyz')).status).toBe(200)
})

describe('several requests on one connection', () => {
  test('are answered in order, whichever is ready first', async () => {
    const body = '{"content": "in a line"}'
    const parts =
      head('POST /posts', `Content-Length: ${body.length}`) +
      body +
      get('/nowhere') +
      head('GET /posts/feed') +
      get('/healthz')
    const { answers } = await exchange(server.url, parts, { answers: 4 })
    expect(answers.map(({ status }) => status)).toEqual([201, 404, 200, 200])
    expect(answers.map(({ text }) => Object.keys(JSON.parse(text))[0])).toEqual([
      'id',
      'type',
      'items',
      'status',
    ])
  })

  test('a body in pieces of one byte is a body', async () => {
    const body = '{"content": "bit by bit é"}'
    const parts = [
      head('POST /posts', `Content-Length: ${Buffer.byteLength(body)}`),
      ...Array.from(Buffer.from(body), (byte) => Buffer.of(byte)),
    ]
    const { answers } = await exchange(server.url, parts, { answers: 1 })
    expect(JSON.parse(answers[0]?.text ?? '')).toMatchObject({ content: 'bit by bit é' })
  })

  test('what follows a request and is none is refused, after or instead of the answer', async () => {
    const { answers, isClosed } = await exchange(server.url, `${get('/healthz')}nonsense\r\n\r\n`)
    expect(isClosed).toBe(true)
    expectProblem(answers.at(-1), 400, 'bad_request')
  })

  test('a body where none belongs is not taken for the next request', async () => {
    const smuggled = get('/version')
    const { answers } = await exchange(
      server.url,
      `GET /healthz HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}${get('/nowhere')}`,
      { answers: 2 },
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 404])
  })

  test('an expectation is met where it is known, and ignored where it is not', async () => {
    const body = '{"content": "expected"}'
    for (const expectation of ['100-continue', 'miracles']) {
      const parts = head('POST /posts', `Expect: ${expectation}`, `Content-Length: ${body.length}`) + body
      expect((await ask(parts)).status).toBe(201)
    }
  })

  test('HEAD is GET without the body', async () => {
    const answer = await ask(`HEAD /version HTTP/1.1\r\n${host}\r\n`, { isHead: true })
    const whole = await ask(get('/version'))
    expect([answer.status, answer.headers['content-length'], answer.headers['etag']]).toEqual([
      200,
      String(whole.text.length),
      whole.headers['etag'],
    ])
    expect((await ask(`HEAD /nowhere HTTP/1.1\r\n${host}\r\n`, { isHead: true })).status).toBe(404)
  })
})
