import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { persona } from '../test/factories.ts'
import { ADMIN_TOKEN, createDatabase, send } from '../test/harness.ts'
import type { RequestOptions } from '../test/harness.ts'
import { spawnServer } from '../test/spawn-server.ts'
import type { SpawnedServer } from '../test/spawn-server.ts'

const PERSONA_TEXT = 'Knows that the spare key lies under the third flowerpot'
const DATABASE_PASSWORD = 'hunter2-of-the-database'
const PASSWORD = 'wild horses on the beach'
const PRIVATE_POST = 'planted-words-that-no-row-may-hold'

let server: SpawnedServer
let pool: pg.Pool
const secrets = new Map<string, string>([
  ['the admin token', ADMIN_TOKEN],
  ['the persona', PERSONA_TEXT],
  ['the password of the database', DATABASE_PASSWORD],
  ['the password of anna', PASSWORD],
])

beforeAll(async () => {
  const databaseUrl = await createDatabase()
  pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const withPassword = databaseUrl.replace(/^(postgresql:\/\/\w+)@/, `$1:${DATABASE_PASSWORD}@`)
  expect(withPassword).toContain(DATABASE_PASSWORD)
  server = await spawnServer({ DATABASE_URL: withPassword, LOG_LEVEL: 'trace' })
})
afterAll(async () => {
  await server.stop()
  await pool.end()
})

const request = (method: string, path: string, options?: RequestOptions) =>
  send(server.url, method, path, options)

function lines(): Record<string, unknown>[] {
  const json = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  return json.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The requests that the log tells of, as `METHOD route status`. */
const told = () =>
  lines().map(({ method, route, status }) => `${String(method)} ${String(route)} ${String(status)}`)

let marks = 0

/** Waits until all that was logged so far has come through the pipe, then looks for each secret in it. */
async function expectNoSecret(): Promise<void> {
  const mark = `mark-${marks++}`
  await request('GET', '/healthz', { headers: { 'x-request-id': mark } })
  await expect.poll(() => server.output()).toContain(mark)
  const output = server.output()
  const found = [...secrets].filter(([, value]) => output.includes(value)).map(([name]) => name)
  expect(found).toEqual([])
}

async function registered(handle: string): Promise<{ apiKey: string; token: string }> {
  const human = createClient({ url: server.url, token: ADMIN_TOKEN, retries: 0 })
  const yaml = persona(handle, `style: ${PERSONA_TEXT}\n`)
  const { api_key: apiKey } = await human.bots.register({ persona_yaml: yaml })
  const { access_token: token } = await human.auth.token({ api_key: apiKey ?? '' })
  secrets.set(`the key of ${handle}`, apiKey ?? '').set(`the token of ${handle}`, token)
  return { apiKey: apiKey ?? '', token }
}

describe('at level trace the log', () => {
  test('tells every request by its route, and nothing that proves who somebody is', async () => {
    const { apiKey, token } = await registered('ada')
    const yaml = persona('bob', `bio: ${PERSONA_TEXT}\n`)
    await request('POST', '/bots', {
      token: ADMIN_TOKEN,
      body: yaml,
      headers: { 'content-type': 'application/yaml' },
    })
    const form = new FormData()
    form.set('persona', new Blob([persona('cleo', `bio: ${PERSONA_TEXT}\n`)]), 'persona.yaml')
    await request('POST', '/bots', { token: ADMIN_TOKEN, body: form })
    for (const [name, value] of [
      ['x-api-key', apiKey],
      ['authorization', `Bearer ${apiKey}`],
    ] as const) {
      const bought = await request('POST', '/auth/token', { headers: { [name]: value } })
      expect(bought.status).toBe(200)
      secrets.set(`a token bought with ${name}`, bought.body.access_token)
    }
    const { headers } = await request('POST', '/session', { token: ADMIN_TOKEN })
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
    secrets.set('the cookie', cookie.split('=')[1] ?? '')
    expect((await request('GET', '/audit', { headers: { cookie } })).status).toBe(200)
    const login = { name: 'anna', password: PASSWORD }
    const account = { ...login, role: 'admin' }
    expect((await request('POST', '/humans', { token: ADMIN_TOKEN, body: account })).status).toBe(201)
    const session = await request('POST', '/session', { body: login })
    secrets.set('the cookie of anna', /=([^;]+)/.exec(session.headers.get('set-cookie') ?? '')?.[1] ?? '')
    expect((await request('POST', '/session', { body: { ...login, name: 'nobody' } })).status).toBe(401)
    const key = await request('POST', '/bots/ada/keys', { token })
    secrets.set('the second key', key.body.api_key)
    const rotated = await request('POST', `/bots/ada/keys/${key.body.id}/rotate`, {
      token,
      body: { grace_seconds: 9 },
    })
    secrets.set('the rotated key', rotated.body.api_key)
    await request('GET', '/bots/ada', { token })
    expect((await request('POST', '/posts', { token, body: { content: 'Hello' } })).status).toBe(201)
    await expectNoSecret()
    expect(told()).toEqual(
      expect.arrayContaining([
        'POST /bots 201',
        'POST /auth/token 200',
        'POST /session 201',
        'GET /audit 200',
        'POST /humans 201',
        'POST /session 401',
        'POST /bots/:bot/keys 201',
        'POST /bots/:bot/keys/:key/rotate 201',
        'GET /bots/:bot 200',
        'POST /posts 201',
      ]),
    )
  })

  test('holds no secret that came to the wrong place or in a broken request', async () => {
    const { apiKey, token } = await registered('dora')
    const broken = `{"api_key": "${apiKey}", `
    expect(
      (
        await request('POST', '/auth/token', {
          body: broken,
          headers: { 'content-type': 'application/json' },
        })
      ).status,
    ).toBe(400)
    expect((await request('POST', '/posts', { token, body: { content: 'x', api_key: apiKey } })).status).toBe(
      422,
    )
    expect((await request('GET', `/posts/feed?access_token=${token}`)).status).toBe(422)
    expect((await request('GET', `/bots/${apiKey}`)).status).toBe(422)
    expect((await request('GET', `/${token}`)).status).toBe(404)
    expect(
      (await request('POST', '/auth/token', { body: { api_key: `${apiKey.slice(0, -1)}_` } })).status,
    ).toBe(401)
    expect((await request('GET', '/bots/ada', { token: `${token.slice(0, -9)}AAAAAAAAA` })).status).toBe(401)
    secrets.set('the signature of a token', token.split('.')[2] ?? '')
    await expectNoSecret()
    expect(told()).toContain('GET unknown 404')
  })

  test('holds no token of a live feed', async () => {
    const { token } = await registered('emil')
    const address = server.url.replace('http', 'ws')
    const byHeader = new WebSocket(`${address}/ws/feed?feeds=global`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await once(byHeader, 'message')
    const byFrame = new WebSocket(`${address}/ws/feed`)
    await once(byFrame, 'message')
    byFrame.send(JSON.stringify({ op: 'subscribe', token: `${token}x`, feeds: ['home'] }))
    await once(byFrame, 'close')
    byHeader.close()
    await once(byHeader, 'close')
    await expectNoSecret()
  })

  test('tells of a database error its code and its message, not the row that it is about', async () => {
    const { token } = await registered('faye')
    await pool.query(
      `alter table posts add constraint nothing_planted check (content not like 'planted%') not valid`,
    )
    secrets.set('the content of a post', PRIVATE_POST)
    const { status, body } = await request('POST', '/posts', { token, body: { content: PRIVATE_POST } })
    expect(status).toBe(500)
    expect(body).toMatchObject({ code: 'internal', detail: 'Something went wrong on our side', errors: [] })
    expect(JSON.stringify(body)).not.toMatch(/nothing_planted|posts_|violates|select|insert/)
    await expectNoSecret()
    const line = lines().find(({ msg }) => msg === 'a request failed')
    expect(line).toMatchObject({ level: 50, request_id: body.request_id, route: '/posts' })
    expect(line?.['err']).toEqual({
      type: 'error',
      code: '23514',
      message: 'new row for relation "posts" violates check constraint "nothing_planted"',
      stack: expect.any(String),
    })
  })

  test('holds no secret when connections to the database break', async () => {
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    await expect.poll(() => lines().filter(({ err }) => err !== undefined).length).toBeGreaterThan(1)
    await expectNoSecret()
  })
})

test('a line that somebody gives a secret to is written without it', () => {
  const module = new URL('log.ts', import.meta.url).href
  const secret = 'clx_secret'
  const fields = {
    authorization: secret,
    cookie: secret,
    'x-api-key': secret,
    api_key: secret,
    access_token: secret,
  }
  const more = { token: secret, password: secret, secret, persona_yaml: secret }
  const line = { ...fields, ...more, headers: fields, req: { headers: fields, body: more } }
  const code = `import { createLog } from ${JSON.stringify(module)}; createLog('info').info(${JSON.stringify(line)}, 'words')`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  expect(JSON.parse(output)).toMatchObject({
    msg: 'words',
    token: '[redacted]',
    req: { headers: { cookie: '[redacted]' } },
  })
  expect(output).not.toContain(secret)
})
