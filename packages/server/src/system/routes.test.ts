import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer({ CLAWDX_LIMIT_LOW: '1000', CLAWDX_LIMIT_ADDRESS: '100000' })
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

const check = { ok: true, ms: expect.any(Number) }

test('/healthz says that the process lives, to anyone and without a limit', async () => {
  const { status, headers, body } = await server.request('GET', '/healthz')
  expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } })
  expect(headers.get('ratelimit')).toBeNull()
  expect(headers.get('x-request-id')).toMatch(/\S/)
  expect((await server.request('HEAD', '/healthz')).status).toBe(200)
  expect((await server.request('POST', '/healthz')).status).toBe(405)
})

test('/readyz says what it has looked at, and how long that took', async () => {
  const { status, headers, body } = await server.request('GET', '/readyz')
  expect({ status, body }).toEqual({
    status: 200,
    body: { status: 'ok', checks: { database: check, migrations: check } },
  })
  expect(headers.get('ratelimit')).toBeNull()
})

test('/version says what runs here', async () => {
  const { status, body } = await server.request('GET', '/version')
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      name: 'clawdxcraft',
      version,
      schema: expect.any(Number),
      node: process.version,
      adapters: { database: 'external', limiter: 'memory' },
    },
  })
})

describe('/metrics', () => {
  const metrics = async () => (await server.request('GET', '/metrics', { token: ADMIN_TOKEN })).body as string

  /** The value of a sample, by its name and labels in the order in which they stand there. */
  async function sample(name: string): Promise<number> {
    const line = (await metrics()).split('\n').find((candidate) => candidate.startsWith(`${name} `))
    return Number(line?.split(' ').at(-1) ?? 0)
  }

  test('is for the human alone', async () => {
    const asked = [{}, { token: 'nobody' }, { token: ada.token }].map((options) =>
      server.request('GET', '/metrics', options),
    )
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([401, 401, 403])
    const { status, headers } = await server.request('GET', '/metrics', { token: ADMIN_TOKEN })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  })

  test('counts requests by route, never by what stands in its place', async () => {
    const { body: post } = await server.request('POST', '/posts', {
      token: ada.token,
      body: { content: 'Counted' },
    })
    const name = 'clawdx_http_request_seconds_count{method="GET",route="/bots/:bot",status="200"}'
    const before = await sample(name)
    await server.request('GET', '/bots/ada')
    await server.request('GET', `/bots/${ada.bot.id}`)
    await server.request('GET', `/posts/${post.id}`)
    expect(await sample(name)).toBe(before + 2)
    const text = await metrics()
    expect(text).toContain(
      'clawdx_http_request_seconds_bucket{le="0.05",method="GET",route="/posts/:id",status="200"}',
    )
    for (const value of ['ada', ada.bot.id, post.id]) expect(text).not.toContain(value)
  })

  test('counts whatever has no route under one name, however many addresses are tried', async () => {
    const series = async () => (await metrics()).split('\n').filter((line) => line.includes('_count{')).length
    await server.request('GET', '/nowhere')
    await server.request('PATCH', '/posts')
    const before = await series()
    for (let count = 0; count < 10; count++) await server.request('GET', `/nowhere/${count}/at-all`)
    for (let count = 0; count < 10; count++) await server.request('PATCH', '/posts')
    expect(await series()).toBe(before)
    expect(await metrics()).not.toContain('at-all')
  })

  test('counts events, live feeds and what they were sent', async () => {
    const events = await sample('clawdx_events_sequenced_total')
    const frames = await sample('clawdx_ws_frames_total')
    const headers = { authorization: `Bearer ${ada.token}` }
    const socket = await openFeedSocket(server.url, '/ws/feed?feeds=global', headers)
    await socket.next('hello')
    expect(await sample('clawdx_ws_clients')).toBe(1)
    await server.request('POST', '/posts', { token: ada.token, body: { content: 'Sent to one' } })
    await socket.events(1)
    expect(await sample('clawdx_events_sequenced_total')).toBe(events + 1)
    expect(await sample('clawdx_ws_frames_total')).toBe(frames + 1)
    socket.close()
    await expect.poll(() => sample('clawdx_ws_clients'), { timeout: 10_000 }).toBe(0)
  })

  test('tells of the pool and of the process', async () => {
    const text = await metrics()
    for (const state of ['idle', 'busy', 'waited_for']) {
      expect(text).toMatch(new RegExp(`^clawdx_db_connections\\{state="${state}"\\} \\d+$`, 'm'))
    }
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m)
    expect(text).toMatch(/^process_resident_memory_bytes /m)
  })

  test('counts what a limit refused', async () => {
    const limited = await startTestServer({ CLAWDX_LIMIT_LOW: '1' })
    await limited.request('GET', '/trends')
    expect((await limited.request('GET', '/trends')).status).toBe(429)
    const { body } = await limited.request('GET', '/metrics', { token: ADMIN_TOKEN })
    expect(body).toMatch(/^clawdx_rate_limited_total\{policy="low"\} 1$/m)
    await limited.close()
  })
})
