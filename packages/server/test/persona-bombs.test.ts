import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { persona } from './factories.ts'
import { ADMIN_TOKEN, startTestServer } from './harness.ts'
import type { RequestOptions, TestResponse, TestServer } from './harness.ts'
import { tableDigests } from './tables.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({}, { role: 'api' })
  await register('first_x')
})
afterAll(() => server.close())

const yaml = { 'content-type': 'application/yaml' }

function send(body: unknown, options: RequestOptions = {}, path = '/bots'): Promise<TestResponse> {
  const method = path === '/bots' ? 'POST' : 'PATCH'
  return server.request(method, path, { token: ADMIN_TOKEN, headers: yaml, ...options, body })
}

function register(handle: string): Promise<TestResponse> {
  return send(persona(handle))
}

let made = 0
// Without letters and digits that look alike.
const handle = () =>
  `bomb_${(made++).toString(8).replaceAll(/\d/g, (digit) => 'acdefghk'[Number(digit)] ?? '')}_x`

/** The process that reads personas, if one runs now. */
async function readerPid(): Promise<number | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='])
  const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  const line = lines.find(
    ([, parent, ...words]) =>
      Number(parent) === process.pid && words.some((word) => word.endsWith('/personas/child.ts')),
  )
  return line && Number(line[0])
}

async function signal(name: NodeJS.Signals): Promise<number> {
  const pid = await readerPid()
  if (pid === undefined) throw new Error('No process reads personas')
  process.kill(pid, name)
  return pid
}

describe('a persona that is wrong', () => {
  const wrong = 'handle: Ada\ndisplay_name: A\npersona: x\nextra: 1\n'
  const form = (field: string, content: string | Uint8Array<ArrayBuffer>) => {
    const data = new FormData()
    data.append(field, new Blob([content]), 'persona.yaml')
    return data
  }

  test.each([
    ['application/yaml', wrong, yaml],
    ['text/x-yaml; charset=UTF-8', wrong, { 'content-type': 'text/x-yaml; charset=UTF-8' }],
    ['application/json', { persona_yaml: wrong }, { 'content-type': 'application/json' }],
    ['a form', form('persona', wrong), {}],
  ])('is told where, sent as %s', async (_name, body, headers) => {
    const { body: problem } = await send(body, { headers: headers as Record<string, string> })
    expect(problem).toMatchObject({
      code: 'invalid_persona',
      errors: [
        { loc: ['body', 'persona_yaml', 'handle'], type: 'invalid_format', line: 1, column: 9 },
        { loc: ['body', 'persona_yaml', 'extra'], type: 'unknown_field', line: 4, column: 1 },
      ],
    })
  })
})

const laughs = Array.from(
  { length: 9 },
  (_, n) => `${'bcdefghij'[n]}: &${'bcdefghij'[n]} [*${'abcdefghi'[n]}, *${'abcdefghi'[n]}]`,
)
const valid = persona('never_made')
const bombs: Record<string, string> = {
  ...Object.fromEntries(
    [700, 900, 1_200, 2_000, 3_000].map((depth) => [
      `${depth} brackets`,
      '['.repeat(depth) + ']'.repeat(depth),
    ]),
  ),
  ...Object.fromEntries([700, 1_200, 3_000].map((depth) => [`${depth} braces`, '{a: '.repeat(depth)])),
  ...Object.fromEntries(
    [700, 1_200, 3_000].map((depth) => [`${depth} compact sequences`, '- '.repeat(depth)]),
  ),
  ...Object.fromEntries(
    [700, 1_200, 3_000].map((depth) => [`${depth} maps and sequences`, 'a: - '.repeat(depth)]),
  ),
  'nested blocks': Array.from({ length: 170 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
  'a billion laughs': `a: &a [ha, ha]\n${laughs.join('\n')}\n`,
  'anchored sequences': '- &a '.repeat(3_000),
  'closing brackets': ']'.repeat(16_000),
  quotes: '"\n'.repeat(8_000),
  'bad escapes': `"${'\\x'.repeat(8_000)}"`,
  'one key 5,000 times': 'a:\n'.repeat(5_000),
  '1,500 keys': Array.from({ length: 1_500 }, (_, number) => `k${number}: 1`).join('\n'),
  '4,000 documents': '---\n'.repeat(4_000),
  'a tag that makes things': '!!js/function "function () {}"',
  'an unknown tag': `${valid}bio: !env SECRET\n`,
  'a merge key': `${valid}<<: {bio: x}\n`,
  'two documents': `${valid}---\n${valid}`,
  'a directive': `%TAG ! tag:evil.example,2026:\n---\n${valid}`,
  'a NUL in a comment': `${valid}# \0\n`,
  'a NUL in a key': `${valid}"\\0": 1\n`,
  'a prototype': `${valid}__proto__: {admin: true}\n`,
  'the first field of a prototype': `${valid}constructor: {prototype: {admin: true}}\n`,
}

describe('a bomb', () => {
  test('is defused by the process that reads it, which then reads on', async () => {
    const before = await tableDigests(server.pool)
    const pid = await readerPid()
    for (const [name, text] of Object.entries(bombs)) {
      for (const path of ['/bots', '/bots', '/bots/first_x']) {
        const { body } = await send(text, {}, path)
        expect([name, path, body.code]).toEqual([name, path, 'invalid_persona'])
        expect([name, body.code, body.errors[0].type === 'unreadable', body.errors[0].line > 0]).toEqual([
          name,
          'invalid_persona',
          false,
          true,
        ])
        expect(JSON.stringify(body).length).toBeLessThan(100_000)
      }
    }
    expect(await readerPid()).toBe(pid)
    expect(await tableDigests(server.pool)).toEqual(before)
    expect((await register(handle())).status).toBe(201)
  })

  test.each([
    ['as JSON', { persona_yaml: `${valid}# \uD800\n` }],
    ['as JSON, with NUL', { persona_yaml: `${valid}# \0\n` }],
  ])('of what JSON can write and YAML cannot is refused %s', async (_name, body) => {
    const answer = await send(body, { headers: { 'content-type': 'application/json' } })
    expect(answer.body).toMatchObject({ code: 'invalid_persona', errors: [{ line: 4, column: 3 }] })
  })

  test.each([
    ['20,000 keys', Array.from({ length: 20_000 }, (_, number) => `k${number}: 1`).join('\n')],
    ['a scalar of a megabyte', `${valid}bio: ${'x'.repeat(1_000_000)}`],
    ['a byte too much', `${valid}# `.padEnd(16_385, 'x')],
    ['characters of three bytes', `${valid}# `.padEnd(6_000, '日')],
  ])('of %s is too large', async (_name, text) => {
    expect((await send(text)).status).toBe(413)
    expect((await send(text, {}, '/bots/first_x')).status).toBe(413)
  })

  test('of just 16 KiB is a persona', async () => {
    expect((await send(`${persona(handle())}# `.padEnd(16_384, 'x'))).status).toBe(201)
  })
})

describe('the process that reads personas', () => {
  test('is replaced when it dies between two requests, and nobody notices', async () => {
    for (let round = 0; round < 4; round++) {
      const pid = await signal('SIGKILL')
      expect((await register(handle())).status).toBe(201)
      expect(await readerPid()).not.toBe(pid)
    }
  })

  test('is replaced when it dies while it reads', async () => {
    await signal('SIGSTOP')
    const [first, second] = [register(handle()), register(handle())]
    const pid = await signal('SIGKILL')
    expect([(await first).status, (await second).status]).toEqual([201, 201])
    expect(await readerPid()).not.toBe(pid)
  })

  test('is replaced when it hangs, and only what it hung on is refused', async () => {
    const pid = await signal('SIGSTOP')
    const [first, second] = await Promise.all([register(handle()), register(handle())])
    expect(first.body).toMatchObject({ code: 'invalid_persona', errors: [{ type: 'unreadable' }] })
    expect(second.status).toBe(201)
    expect(await readerPid()).not.toBe(pid)
  })

  test('has a line of limited length; who does not get into it is asked to come again', async () => {
    await signal('SIGSTOP')
    const answers = await Promise.all(Array.from({ length: 100 }, () => register(handle())))
    const away = answers.filter(({ status }) => status === 503)
    expect(away.length).toBeGreaterThan(0)
    for (const { body, headers } of away)
      expect([body.code, headers.get('retry-after')]).toEqual(['unavailable', '1'])
    expect(answers.filter(({ status }) => status === 422).length).toBe(1)
    expect(answers.filter(({ status }) => status === 201).length).toBe(99 - away.length)
  })
})

describe('a form', () => {
  const boundary = { 'content-type': 'multipart/form-data; boundary=cut-here' }
  const part = (name: string, content: string, rest = '; filename="p.yaml"') =>
    `--cut-here\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n${content}\r\n`
  const end = '--cut-here--\r\n'

  test.each([
    ['with a file', (text: string) => part('persona', text) + end],
    ['with a field that is no file', (text: string) => part('persona', text, '') + end],
    [
      'with a file of a dangerous name',
      (text: string) => part('persona', text, '; filename="../../etc/passwd\\0"') + end,
    ],
    [
      'with headers of all kinds',
      (text: string) => part('persona', text, '; filename="p"\r\nContent-Type: image/png\r\nX-Y: z') + end,
    ],
    ['with words before its first part', (text: string) => `preamble\r\n${part('persona', text)}${end}`],
  ])('%s is read', async (_name, make) => {
    expect((await send(make(persona(handle())), { headers: boundary })).status).toBe(201)
  })

  const twice = part('persona', persona('twice_one')) + part('persona', persona('twice_two')) + end
  test.each<[string, string | Uint8Array, number]>([
    ['two files', twice, 422],
    ['a file and its other name', part('persona', valid) + part('persona_yaml', valid) + end, 422],
    ['no parts', end, 422],
    ['another field', part('file', valid) + end, 422],
    ['one field too many', part('persona', valid) + part('extra', 'x') + end, 422],
    ['a name from every prototype', part('persona', valid) + part('__proto__', 'x') + end, 422],
    ['an empty file', part('persona', '') + end, 422],
    ['a part without name', `--cut-here\r\n\r\n${valid}\r\n${end}`, 422],
    ['a part without end', part('persona', valid), 422],
    ['half a header', '--cut-here\r\nContent-Disp', 422],
    ['another boundary', part('persona', valid).replaceAll('--cut', '--tear'), 422],
    ['nothing but its boundary', '--cut-here', 422],
    ['junk', Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7) % 256)), 400],
    [
      'a file that is no UTF-8',
      Buffer.concat([
        Buffer.from(part('persona', `${valid}# `).slice(0, -2)),
        Buffer.of(0xff, 0x0d, 0x0a),
        Buffer.from(end),
      ]),
      400,
    ],
    [
      'a field that is no UTF-8',
      Buffer.concat([
        Buffer.from(part('persona', `${valid}# `, '').slice(0, -2)),
        Buffer.of(0xff, 0x0d, 0x0a),
        Buffer.from(end),
      ]),
      400,
    ],
    [
      'UTF-16',
      Buffer.concat([
        Buffer.from('--cut-here\r\nContent-Disposition: form-data; name="persona"; filename="p"\r\n\r\n'),
        Buffer.from(`\uFEFF${valid}`, 'utf16le'),
        Buffer.from(`\r\n${end}`),
      ]),
      400,
    ],
    [
      '10,000 parts',
      Array.from({ length: 10_000 }, (_, number) => part(`a${number}`, '', '')).join('') + end,
      413,
    ],
    [
      '1,000 parts',
      Array.from({ length: 1_000 }, (_, number) => part(`a${number}`, '', '')).join('') + end,
      422,
    ],
    ['a file of 20 KB', part('persona', `${valid}# `.padEnd(20_000, 'x')) + end, 413],
  ])('of %s is refused', async (_name, body, status) => {
    const before = await tableDigests(server.pool)
    expect((await send(body, { headers: boundary })).status).toBe(status)
    expect(await tableDigests(server.pool)).toEqual(before)
  })

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary=é',
    `multipart/form-data; boundary=${'x'.repeat(500)}`,
  ])('of type %.50s is refused', async (type) => {
    const { status } = await send(part('persona', valid) + end, { headers: { 'content-type': type } })
    expect([415, 422]).toContain(status)
  })
})
