import type { ErrorCode } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { RequestOptions, TestServer } from './harness.ts'
import { tableDigests } from './tables.ts'

let server: TestServer
let ada: TestBot
let postId: string
let atFirst: Record<string, string>

beforeAll(async () => {
  server = await startTestServer({}, { role: 'api' })
  ada = await newBot(server, 'ada_x')
  postId = (await ada.posts.create({ content: 'first #tag' })).id
  atFirst = await tableDigests(server.pool)
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }

/** A refused request: its code, and each fault as `loc type`. */
async function refused(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<[ErrorCode, ...string[]]> {
  const { status, headers, body } = await server.request(method, path, { token: ada.token, ...options })
  expect([status, headers.get('content-type')]).toEqual([
    body.status,
    'application/problem+json; charset=utf-8',
  ])
  expect(body.request_id).toBe(headers.get('x-request-id'))
  expect(status, JSON.stringify(body)).toBeLessThan(500)
  const faults = body.errors as { loc: (string | number)[]; type: string }[]
  return [body.code, ...faults.map(({ loc, type }) => `${loc.join('.')} ${type}`)]
}

function post(
  body: string | Uint8Array | undefined,
  headers: Record<string, string> = json,
): Promise<string[]> {
  return refused('POST', '/posts', { body, headers })
}

describe('a content type', () => {
  const body = Buffer.from('{"content": "hello"}')
  test.each([
    ['none', {}],
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another kind of JSON', { 'content-type': 'application/vnd.api+json' }],
    ['YAML where JSON belongs', { 'content-type': 'application/yaml' }],
    ['a multipart form where JSON belongs', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
    ['Latin 1', { 'content-type': 'application/json; charset="ISO-8859-1"' }],
    ['two', { 'content-type': 'application/json, text/plain' }],
    ['nonsense', { 'content-type': ';;;' }],
    ['a name from every prototype', { 'content-type': '__proto__' }],
    ['JSON that says it is compressed', { ...json, 'content-encoding': 'gzip' }],
    ['JSON that says it is compressed twice', { ...json, 'content-encoding': 'br, deflate' }],
  ])('of %s is not taken', async (_name, headers) => {
    expect(await post(body, headers as Record<string, string>)).toEqual(['unsupported_media_type'])
  })

  test('names those that are taken', async () => {
    const { headers, body: problem } = await server.request('POST', '/bots', {
      token: ada.token,
      body: 'x',
      headers: { 'content-type': 'image/png' },
    })
    expect([problem.status, headers.get('accept')]).toEqual([
      415,
      'application/json, application/yaml, multipart/form-data',
    ])
  })
})

describe('a body', () => {
  test.each([
    ['an open brace', '{'],
    ['a comma at the end', '{"content": "a",}'],
    ['single quotes', "{'content': 'a'}"],
    ['a comment', '{"content": "a"} // b'],
    ['two values', '{"content": "a"}{}'],
    ['NaN', '{"content": NaN}'],
    ['a raw newline in a string', '{"content": "a\nb"}'],
    ['an escape that is none', '{"content": "\\x41"}'],
    ['half an escape', '{"content": "\\u12"}'],
    ['a NUL', '\0'],
    ['nothing but spaces', '   '],
    ['16 KB of open brackets', '['.repeat(16_000)],
    ['16 KB of nested arrays', '['.repeat(8_000) + ']'.repeat(8_000)],
  ])('of %s is no JSON', async (_name, body) => {
    expect(await post(body)).toEqual(['malformed_json'])
  })

  test.each([
    ['a byte that is none', [0xff]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['half of a character', [0xe6, 0x97]],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('with %s is no UTF-8', async (_name, bytes) => {
    expect(
      await post(Buffer.concat([Buffer.from('{"content": "a'), Buffer.from(bytes), Buffer.from('"}')])),
    ).toEqual(['malformed_utf8'])
  })

  test('with a key twice says which', async () => {
    expect(await post('{"content": "a", "content": "b", "x": [{"y": 1, "\\u0079": 2}]}')).toEqual([
      'malformed_json',
      'body.content duplicate_key',
      'body.x.0.y duplicate_key',
    ])
  })

  test.each([
    ['nothing', '', ['body missing']],
    ['null', 'null', ['body invalid_type']],
    ['a list', '[{"content": "a"}]', ['body invalid_type']],
    ['a number', '42', ['body invalid_type']],
    ['a text', '"content"', ['body invalid_type']],
    ['true', 'true', ['body invalid_type']],
    ['no fields', '{}', ['body.content missing']],
    ['a number as content', '{"content": 1}', ['body.content invalid_type']],
    ['a list as content', '{"content": ["a"]}', ['body.content invalid_type']],
    ['null as content', '{"content": null}', ['body.content invalid_type']],
    ['a number as id', '{"content": "a", "parent_id": 1}', ['body.parent_id invalid_type']],
    [
      'names from every prototype',
      '{"content": "a", "__proto__": {"b": 1}, "constructor": 1, "toString": 1}',
      ['body.__proto__ unknown_field', 'body.constructor unknown_field', 'body.toString unknown_field'],
    ],
    ['names in other cases', '{"Content": "a"}', ['body.content missing', 'body.Content unknown_field']],
    [
      'every fault at once',
      '{"content": "", "parent_id": "x", "run_id": "-1", "extra": 1, "more": 2}',
      [
        'body.content too_small',
        'body.parent_id custom',
        'body.run_id custom',
        'body.extra unknown_field',
        'body.more unknown_field',
      ],
    ],
  ])('of %s', async (_name, body, faults) => {
    expect(await post(body)).toEqual([
      'validation_failed',
      ...faults.map((fault) => fault.replace('custom', 'invalid')),
    ])
  })

  test('and a query and a header are judged together', async () => {
    const headers = { ...json, 'idempotency-key': 'é'.repeat(300) }
    expect(await refused('POST', '/posts?dry=1', { body: '{"content": "", "x": 1}', headers })).toEqual([
      'validation_failed',
      'query.dry unknown_field',
      'body.content too_small',
      'body.x unknown_field',
      'header.idempotency-key invalid_format',
    ])
  })

  test.each([
    ['POST', '/runs', '{"brain": "x", "saw": DEEP}'],
    ['POST', '/bots', 'DEEP'],
    ['PATCH', '/bots/ada_x', '{"status": DEEP}'],
  ])('%s %s with 40,000 levels', async (method, path, body) => {
    const deep = '['.repeat(40_000) + ']'.repeat(40_000)
    expect(await refused(method, path, { body: body.replace('DEEP', deep), headers: json })).toEqual([
      'malformed_json',
    ])
    const objects = '{"a":'.repeat(15_000) + '1' + '}'.repeat(15_000)
    expect(await refused(method, path, { body: body.replace('DEEP', objects), headers: json })).toEqual([
      'malformed_json',
    ])
  })

  test('of 100,000 levels is too large before it is too deep', async () => {
    expect(await post('['.repeat(100_000))).toEqual(['payload_too_large'])
  })

  test.each([
    'POST /auth/token',
    'POST /auth/revoke',
    'POST /follows',
    'POST /runs',
    'POST /bots/ada_x/keys',
    'POST /session',
    'POST /posts/1/repost',
    'PUT /posts/1/like',
  ])('of another shape is refused by %s', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const options = { headers: json, token: path === '/session' ? ADMIN_TOKEN : ada.token }
    for (const body of ['null', '[]', '7', '"x"']) {
      const answer = await refused(method, path, { ...options, body })
      expect(answer).toEqual(['validation_failed', 'body invalid_type'])
    }
    const [code, ...faults] = await refused(method, path, {
      ...options,
      body: '{"extra": 1, "__proto__": 2}',
    })
    expect([code, ...faults.filter((fault) => fault.includes('unknown'))]).toEqual([
      'validation_failed',
      'body.extra unknown_field',
      'body.__proto__ unknown_field',
    ])
  })
})

describe('a name', () => {
  test.each(['\\u0000', 'ada_x\\u0000', '\\ud800', '\\n', '', '../ada_x', "'; drop table bots; --", '😀'])(
    '%j is nobody to follow',
    async (followee) => {
      const body = `{"followee": "${followee}"}`
      expect(await refused('POST', '/follows', { body, headers: json })).toEqual(['bot_not_found'])
    },
  )

  test.each([
    '/bots/%00',
    '/bots/%00/posts',
    '/bots/%00/followers',
    '/bots/%00/following',
    '/audit?bot=%00',
    '/audit?bot=%F0%9F%98%80',
  ])('%s finds nobody', async (path) => {
    const token = path.startsWith('/audit') ? ADMIN_TOKEN : ada.token
    expect(await refused('GET', path, { token })).toEqual(['bot_not_found'])
  })

  test.each(['DELETE /follows/%00', 'PATCH /bots/%00', 'POST /bots/%00/keys', 'DELETE /bots/%00/keys/1'])(
    '%s finds nobody',
    async (route) => {
      const [method = '', path = ''] = route.split(' ')
      const body = method === 'PATCH' ? { body: { status: 'active' } } : {}
      expect(await refused(method, path, body)).toEqual(['bot_not_found'])
    },
  )

  test('an API key of any bytes is just wrong', async () => {
    for (const key of ['\\u0000', '\\ud800', 'clx_', `clx_${'a'.repeat(43)}`, '😀']) {
      const body = `{"api_key": "${key}"}`
      expect(await refused('POST', '/auth/token', { body, headers: json })).toEqual(['invalid_api_key'])
    }
    const long = await refused('POST', '/auth/token', { body: { api_key: 'x'.repeat(201) } })
    expect(long).toEqual(['validation_failed', 'body.api_key too_big'])
  })
})

describe('a query', () => {
  test.each([
    ['limit=0', ['query.limit invalid']],
    ['limit=101', ['query.limit invalid']],
    ['limit=-1', ['query.limit invalid_format']],
    ['limit=1e1', ['query.limit invalid_format']],
    ['limit=0x10', ['query.limit invalid_format']],
    ['limit=%D9%A1', ['query.limit invalid_format']],
    ['limit=9999999999', ['query.limit invalid_format']],
    ['limit=', ['query.limit invalid_format']],
    ['limit', ['query.limit invalid_format']],
    ['limit=%ff', ['query.limit invalid_format']],
    ['limit=10%00', ['query.limit invalid_format']],
    ['limit=1&limit=2', ['query.limit invalid_type']],
    ['limit[]=1', ['query.limit[] unknown_field']],
    ['=1', ['query. unknown_field']],
    [
      '__proto__=1&constructor=2&hasOwnProperty=3',
      [
        'query.__proto__ unknown_field',
        'query.constructor unknown_field',
        'query.hasOwnProperty unknown_field',
      ],
    ],
    [
      'feed=Home&exclude_replies=maybe&limit=x&cursor=!&a=1&b=2',
      [
        'query.feed invalid_value',
        'query.exclude_replies invalid_value',
        'query.limit invalid_format',
        'query.cursor invalid_format',
        'query.a unknown_field',
        'query.b unknown_field',
      ],
    ],
  ])('%s', async (query, faults) => {
    expect(await refused('GET', `/posts/feed?${query}`)).toEqual(['validation_failed', ...faults])
  })

  test('of a thousand names is told each of them', async () => {
    const names = Array.from({ length: 1_000 }, (_, number) => `a${number}`)
    const [, ...faults] = await refused('GET', `/posts/feed?${names.map((name) => `${name}=1`).join('&')}`)
    expect(faults).toEqual(names.map((name) => `query.${name} unknown_field`))
  })

  const cursorOf = (...parts: string[]) => Buffer.from(parts.join('.')).toString('base64url')
  const lists = [
    '/posts/feed?feed=global',
    '/posts/feed?feed=home',
    '/bots?sort=newest',
    '/bots?sort=handle',
    '/bots?sort=followers',
    '/bots/ada_x/posts?',
    '/bots/ada_x/followers?',
    '/bots/ada_x/following?',
    '/tags/tag/posts?',
    '/runs?',
  ]
  test.each([...lists, '/posts/ID/likes?', '/posts/ID/reposts?', '/posts/ID/thread?'])(
    'a cursor that %s did not give is refused',
    async (list) => {
      const forged = [
        ...[
          cursorOf('audit', '1'),
          cursorOf('global.1.1.1'),
          cursorOf('global', '99999999999999999999'),
          cursorOf('', ''),
        ],
        ...[
          cursorOf('thread', '1', '2'),
          cursorOf('handles', 'x', 'y z'),
          cursorOf('followers', '-1', '1'),
          cursorOf('followers', '9'.repeat(12), '1'),
        ],
        ...['AAAA', `${cursorOf('unknown', '1')}A`, '-', '_'.repeat(200)],
      ]
      for (const cursor of forged) {
        const path = `${list.replace('ID', postId)}&cursor=${cursor}`
        expect([cursor, ...(await refused('GET', path))]).toEqual([
          cursor,
          'validation_failed',
          'query.cursor invalid_cursor',
        ])
      }
      for (const cursor of ['a'.repeat(201), 'a=', '%00', '%F0%9F%98%80', 'a%20b']) {
        const [code, fault] = await refused('GET', `${list.replace('ID', postId)}&cursor=${cursor}`)
        expect([code, fault?.split(' ')[0]]).toEqual(['validation_failed', 'query.cursor'])
      }
    },
  )
})

test.each(['', '"', '""', '"open', 'x'.repeat(256), `"${'x'.repeat(256)}"`, '  ', 'caf\u00E9', 'a\tb'])(
  'the idempotency key %j is none',
  async (key) => {
    const answer = await refused('POST', '/posts', {
      body: '{"content": "once"}',
      headers: { ...json, 'idempotency-key': key },
    })
    expect(answer).toEqual(['validation_failed', 'header.idempotency-key invalid_format'])
  },
)

test.each([
  ['NUL', '"\\u0000"'],
  ['half of a pair', '{"\\ud800": 1}'],
  ['too much', JSON.stringify('x'.repeat(33_000))],
  ['a number beyond numbers', '1e999'],
])('a run with %s', async (_name, saw) => {
  const body = `{"brain": "x", "saw": ${saw}}`
  const [code, fault] = await refused('POST', '/runs', { body, headers: json })
  expect([code, fault?.split(' ')[0]]).toEqual(['validation_failed', 'body.saw'])
})

test('nothing of all this was written', async () => {
  expect(await tableDigests(server.pool)).toEqual(atFirst)
})

describe('what only looks hostile is taken', () => {
  test.each([
    ['JSON after a byte order mark', '\uFEFF{"content": "a"}', json],
    [
      'JSON with parameters',
      '{"content": "a"}',
      { 'content-type': 'Application/JSON; charset="UTF-8"; v=1' },
    ],
    ['JSON that says it is not compressed', '{"content": "a"}', { ...json, 'content-encoding': 'identity' }],
    ['JSON full of escapes', '{"\\u0063ontent": "\\ud83d\\ude00"}', json],
    ['null where nothing has to be', '{"content": "a", "parent_id": null, "run_id": null}', json],
  ])('%s', async (_name, body, headers) => {
    const answer = await server.request('POST', '/posts', {
      token: ada.token,
      body,
      headers: headers as Record<string, string>,
    })
    expect(answer.status).toBe(201)
  })

  test('a run that speaks of escapes, and gets back what it sent', async () => {
    const saw = { text: '\\u0000 and \\ud800', 'a\\u0000b': ['\\', '\\\\', 1e308, -1e-7], deep: [[[[{}]]]] }
    const { status, body } = await server.request('POST', '/runs', {
      token: ada.token,
      body: { brain: 'x', saw },
    })
    expect([status, body.saw]).toEqual([201, saw])
  })
})
