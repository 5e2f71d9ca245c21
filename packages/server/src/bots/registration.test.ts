import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot, persona } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { RequestOptions, TestResponse, TestServer } from '../../test/harness.ts'
import { tableDigests } from '../../test/tables.ts'

let server: TestServer
/** Over the same database, where anyone may register. */
let openHouse: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  openHouse = await startTestServer(
    { CLAWDX_OPEN_REGISTRATION: 'on' },
    { databaseUrl: server.databaseUrl, role: 'api' },
  )
  ada = await newBot(server, 'ada')
})
afterAll(async () => {
  await openHouse.close()
  await server.close()
})

const register = (yaml: string, options: RequestOptions = { token: ADMIN_TOKEN }, at = server) =>
  at.request('POST', '/bots', { ...options, body: { persona_yaml: yaml } })

/** Sends it, expects a refusal, and that nothing is left of it. */
async function refused(request: () => Promise<TestResponse>): Promise<{ status: number; code: string }> {
  const before = await tableDigests(server.pool)
  const { status, body } = await request()
  expect(await tableDigests(server.pool)).toEqual(before)
  return { status, code: body.code }
}

function form(fields: Record<string, string | Blob>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  return data
}

const file = (text: string | Uint8Array<ArrayBuffer>) =>
  new File([text], 'persona.yaml', { type: 'application/yaml' })

describe('who may register a bot', () => {
  test('a human may, and sees the persona and the key', async () => {
    const yaml = persona('by_human', 'bio: "Line with #日本語 🤖"\n')
    const { status, body } = await register(yaml)
    expect(status).toBe(201)
    expect(body).toEqual({
      bot: {
        id: expect.stringMatching(/^\d+$/),
        handle: 'by_human',
        display_name: 'Bot by_human',
        bio: 'Line with #日本語 🤖',
        avatar_url: null,
        status: 'active',
        created_at: expect.stringMatching(/Z$/),
        follower_count: 0,
        following_count: 0,
        post_count: 0,
        last_post_at: null,
        persona_yaml: yaml,
      },
      api_key: expect.stringMatching(/^clx_[A-Za-z0-9_-]{43}$/),
    })
    expect((await server.request('POST', '/auth/token', { token: body.api_key })).status).toBe(200)
  })

  test('a bot may, and gets the key but, not being the new bot, no persona', async () => {
    const { status, body } = await register(persona('by_bot'), { token: ada.token })
    expect({ status, hasPersona: 'persona_yaml' in body.bot }).toEqual({ status: 201, hasPersona: false })
    const { items } = await server.human.audit.list({ bot: 'ada', action: 'bot.create' })
    expect(items[0]).toMatchObject({ metadata_json: { by: 'bot', bot_id: body.bot.id, handle: 'by_bot' } })
  })

  test('nobody else may', async () => {
    expect(await refused(() => register(persona('by_nobody'), {}))).toEqual({
      status: 401,
      code: 'unauthorized',
    })
    const invalid = { status: 401, code: 'invalid_token' }
    expect(await refused(() => register(persona('by_nobody'), { token: 'garbage' }))).toEqual(invalid)
    expect(await refused(() => register(persona('by_nobody'), { token: ada.apiKey }))).toEqual(invalid)
  })

  test('anyone may where registration is open, once for an idempotency key, but not with a bad token', async () => {
    const { status, body } = await register(persona('walk_in'), {}, openHouse)
    expect({ status, hasPersona: 'persona_yaml' in body.bot }).toEqual({ status: 201, hasPersona: false })
    const headers = { 'idempotency-key': 'walk-in' }
    const first = await register(persona('walk_in_2'), { headers }, openHouse)
    const again = await register(persona('walk_in_2'), { headers }, openHouse)
    expect(again.body).toEqual({ ...first.body, api_key: null })
    const bad = () => register(persona('walk_in_3'), { token: 'garbage' }, openHouse)
    expect(await refused(bad)).toEqual({ status: 401, code: 'invalid_token' })
    const post = () => openHouse.request('POST', '/posts', { body: { content: 'Me too' } })
    expect(await refused(post)).toEqual({ status: 401, code: 'unauthorized' })
  })

  test('a paused or suspended bot may not, even where anyone may', async () => {
    const eve = await newBot(server)
    for (const status of ['paused', 'suspended'] as const) {
      const { token } = eve
      await openHouse.human.bots.update({ bot: eve.handle, status })
      const attempt = () => register(persona('by_eve'), { token }, openHouse)
      expect(await refused(attempt)).toEqual({ status: 403, code: 'bot_not_active' })
    }
  })
})

describe('the body of a registration', () => {
  const yamlTypes = ['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml; charset="UTF-8"']
  const kinds: [string, (yaml: string) => RequestOptions][] = [
    ['JSON', (yaml) => ({ body: { persona_yaml: yaml } })],
    ['JSON with a charset', (yaml) => json(yaml, 'application/json; charset=utf-8')],
    ...yamlTypes.map((type): [string, (yaml: string) => RequestOptions] => [
      type,
      (yaml) => ({ body: yaml, headers: { 'content-type': type } }),
    ]),
    ['a form with a file', (yaml) => ({ body: form({ persona: file(yaml) }) })],
    ['a form with a field', (yaml) => ({ body: form({ persona: yaml.replaceAll('\n', '\r\n') }) })],
  ]

  test.each(kinds)('may be %s', async (_kind, options) => {
    const handle = `kind_${kinds.findIndex(([kind]) => kind === _kind)}z`
    const { status, body } = await server.request('POST', '/bots', {
      ...options(persona(handle)),
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...options('').headers },
    })
    expect({ status, handle: body.bot.handle }).toEqual({ status: 201, handle })
    expect(body.bot.persona_yaml.replaceAll('\r\n', '\n')).toBe(persona(handle))
  })

  function json(yaml: string, type: string): RequestOptions {
    return { body: JSON.stringify({ persona_yaml: yaml }), headers: { 'content-type': type } }
  }

  const good = persona('never_made')
  test.each<[string, RequestOptions, number, string]>([
    ['nothing', {}, 422, 'validation_failed'],
    ['text', { body: good, headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    [
      'YAML in Latin-1',
      { body: good, headers: { 'content-type': 'text/yaml; charset=latin1' } },
      415,
      'unsupported_media_type',
    ],
    ['an unknown field', { body: { persona_yaml: good, api_key: 'clx_x' } }, 422, 'validation_failed'],
    ['a status', { body: { persona_yaml: good, status: 'active' } }, 422, 'validation_failed'],
    ['a number for a persona', { body: { persona_yaml: 7 } }, 422, 'validation_failed'],
    [
      'a form without a boundary',
      { body: 'x', headers: { 'content-type': 'multipart/form-data' } },
      422,
      'malformed_multipart',
    ],
    [
      'a form with another field',
      { body: form({ persona: file(good), handle: 'x' }) },
      422,
      'validation_failed',
    ],
    ['a form without the file', { body: form({ other: 'x' }) }, 422, 'validation_failed'],
    ['a form with two files', { body: twoFiles() }, 422, 'malformed_multipart'],
    [
      'YAML that is not UTF-8',
      { body: latin1(), headers: { 'content-type': 'text/yaml' } },
      400,
      'malformed_utf8',
    ],
    ['a file that is not UTF-8', { body: form({ persona: file(latin1()) }) }, 400, 'malformed_utf8'],
    [
      'too much',
      { body: { persona_yaml: persona('never_made', `# ${'x'.repeat(17_000)}`) } },
      413,
      'payload_too_large',
    ],
    ['far too much', { body: { persona_yaml: 'x'.repeat(200_000) } }, 413, 'payload_too_large'],
  ])('may not be %s', async (_kind, options, status, code) => {
    const headers = { ...options.headers, authorization: `Bearer ${ADMIN_TOKEN}` }
    expect(await refused(() => server.request('POST', '/bots', { ...options, headers }))).toEqual({
      status,
      code,
    })
  })

  function twoFiles(): FormData {
    const data = form({ persona: file(good) })
    data.append('persona', file(persona('never_made_2')))
    return data
  }

  function latin1(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Buffer.from(persona('never_made', 'bio: café\n'), 'latin1'))
  }
})

describe('a handle', () => {
  test.each(['corn_10', 'corn10', 'com_10', 'c0rn_1o', 'corn_io', 'c_o_m_l_0'])(
    'that is taken, or looks like one that is, is refused: %s',
    async (handle) => {
      const first = await register(persona('corn_10'))
      expect([201, 409]).toContain(first.status)
      const before = await tableDigests(server.pool)
      const { status, body } = await register(persona(handle))
      expect({ status, code: body.code, errors: body.errors }).toEqual({
        status: 409,
        code: 'handle_taken',
        errors: [{ loc: ['body', 'persona_yaml', 'handle'], msg: 'Is taken', type: 'handle_taken' }],
      })
      expect(await tableDigests(server.pool)).toEqual(before)
    },
  )

  test.each(['admin', 'adm1n', 'a_d_m_i_n', 'root', 'r00t', 'openclaw', '0penc1aw', 'system', 'rnoderator'])(
    'that speaks for the operator is refused: %s',
    async (handle) => {
      expect(await refused(() => register(persona(handle)))).toEqual({ status: 422, code: 'invalid_persona' })
    },
  )

  test.each(['ab', 'a'.repeat(16), '"123"', '123', 'Ada', 'ada-x', 'ada x', 'adä', '"ada\\n"', 'ＡＤＡ'])(
    'of another shape is refused: %s',
    async (handle) => {
      expect(await refused(() => register(persona(handle)))).toEqual({ status: 422, code: 'invalid_persona' })
    },
  )

  test('that many want at the same time is given to one', async () => {
    const handles = Array.from({ length: 20 }, (_, index) => (index % 2 ? 'wanted_by_all' : 'wanted_by_a1l'))
    const answers = await Promise.all(handles.map((handle) => register(persona(handle))))
    const byStatus = Object.groupBy(answers, ({ status }) => status)
    expect([byStatus[201]?.length, byStatus[409]?.length]).toEqual([1, 19])
    const { rows } = await server.pool.query("select 1 from bots where handle like 'wanted%'")
    expect(rows).toHaveLength(1)
  })
})

describe('a persona', () => {
  test('is shown to its bot and to humans, to nobody else, in no list and no event', async () => {
    const yaml = persona('private_x', 'bio: public words\n')
    const { api_key } = (await register(yaml)).body
    const { access_token } = (await server.request('POST', '/auth/token', { token: api_key })).body
    const shown = async (token?: string) =>
      (await server.request('GET', '/bots/private_x', { token })).body.persona_yaml
    expect([await shown(access_token), await shown(ADMIN_TOKEN)]).toEqual([yaml, yaml])
    expect([await shown(), await shown(ada.token)]).toEqual([undefined, undefined])
    const lists = ['/bots?q=private', '/bots', '/bots/ada/followers']
    await server.request('POST', '/follows', { token: access_token, body: { followee: 'ada' } })
    for (const path of lists) {
      for (const token of [undefined, ada.token, access_token, ADMIN_TOKEN]) {
        const { body } = await server.request('GET', path, { token })
        expect(JSON.stringify(body)).toContain('private_x')
        expect(JSON.stringify(body)).not.toContain('persona_yaml')
      }
    }
    const { rows } = await server.pool.query(
      `select (select count(*)::int from events where payload::text like '%private_x%') as events,
              (select count(*)::int from events where payload::text like '%A bot that exists%') as events_with,
              (select count(*)::int from audit_log where metadata_json::text like '%A bot that exists%') as audit_with`,
    )
    expect(rows).toEqual([{ events: 1, events_with: 0, audit_with: 0 }])
  })
})
