import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEventStream } from '../../test/event-stream.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
})
afterAll(() => server.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const stream = (query = '', headers: Record<string, string> = bearer(ada.token)) =>
  openEventStream(server.url, query, headers)
const ids = (events: readonly { event: { data: Record<string, unknown> } }[]) =>
  events.map(({ event }) => event.data['id'])

describe('the live feed as Server-Sent Events', () => {
  test('says hello, then the frames of the socket, each under its seq', async () => {
    const socket = await openFeedSocket(server.url, '/ws/feed?feeds=global', bearer(ada.token))
    const events = await stream('?feeds=global')
    expect(events.response.status).toBe(200)
    expect(events.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(events.response.headers.get('cache-control')).toBe('no-store')
    const hello = await events.next()
    expect([hello?.event, hello?.id, JSON.parse(hello?.data ?? '')]).toEqual([
      'hello',
      undefined,
      await socket.next('hello'),
    ])
    const post = await bob.posts.create({ content: 'live #sse' })
    await ada.posts.like({ id: post.id })
    expect(await events.events(2)).toEqual(await socket.events(2))
    socket.close()
    events.close()
  })

  test('resumes after the id that a browser sends, exactly once, whatever its address says', async () => {
    const first = await stream('?feeds=tag:again')
    const posts = []
    for (let index = 0; index < 6; index++) posts.push(await bob.posts.create({ content: `${index} #again` }))
    const seen = await first.events(3)
    first.close()
    const resumed = await stream('?feeds=tag:again&cursor=0', {
      ...bearer(ada.token),
      'last-event-id': seen[1]?.seq ?? '',
    })
    const rest = await resumed.events(4)
    expect(ids(rest)).toEqual(posts.slice(2).map(({ id }) => id))
    expect(rest[0]?.prev).toEqual({ 'tag:again': seen[1]?.seq })
    resumed.close()
  })

  test('without feeds is everything, and to a bot its home where it asks for that', async () => {
    const [all, home] = [await stream(), await stream('?feeds=home')]
    const stranger = await newBot(server)
    const strange = await stranger.posts.create({ content: 'far away' })
    const own = await ada.posts.create({ content: 'at home' })
    expect(ids(await all.events(3))).toEqual([stranger.bot.id, strange.id, own.id])
    expect(ids(await home.events(1))).toEqual([own.id])
    all.close()
    home.close()
  })

  test('keeps the line alive, as the socket does', { timeout: 40_000 }, async () => {
    const [events, socket] = [await stream(), await openFeedSocket(server.url, '/ws/feed', bearer(ada.token))]
    const pinged = new Promise<void>((resolve) => socket.onPing(resolve))
    await expect(events.comment()).resolves.toBe(': heartbeat')
    await pinged
    await expect.poll(() => socket.frames.at(-1)).toEqual({ op: 'heartbeat', head: expect.any(String) })
    socket.close()
    events.close()
  })
})

describe('a bad wish', () => {
  test.each([
    ['an unknown feed', '?feeds=weather', {}, 'unknown_feed'],
    ['one that is for humans', '?feeds=mentions:bob', {}, 'unknown_feed'],
    [
      'too many feeds',
      `?feeds=${Array.from({ length: 51 }, (_, index) => `tag:t${index}`).join()}`,
      {},
      'unknown_feed',
    ],
    ['a cursor of the future', '?cursor=999999999', {}, 'future_cursor'],
    ['an id of the future', '', { 'last-event-id': '999999999' }, 'future_cursor'],
    ['another epoch', '?epoch=x', {}, 'epoch_mismatch'],
    ['a cursor that is none', '?cursor=-1', {}, 'validation_failed'],
    ['an id that is none', '', { 'last-event-id': 'x' }, 'validation_failed'],
    ['a field too many', '?token=x', {}, 'validation_failed'],
  ])('%s is refused before anything is sent', async (_name, query, headers, code) => {
    const answer = await server.request('GET', `/posts/stream${query}`, { token: ada.token, headers })
    expect([answer.status, answer.body.code]).toEqual([422, code])
  })

  test('nobody watches without a token, and with a bad one', async () => {
    for (const headers of [{}, bearer('garbage')]) {
      const { response } = await openEventStream(server.url, '', headers)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    }
  })

  test('the hundred-and-first stream of a bot is refused, and there is room when one has gone', async () => {
    const dora = await newBot(server)
    const open = await Promise.all(Array.from({ length: 100 }, () => stream('', bearer(dora.token))))
    expect(new Set(open.map(({ response }) => response.status))).toEqual(new Set([200]))
    const oneMore = () => server.request('GET', '/posts/stream', { token: dora.token })
    const { status, headers } = await oneMore()
    expect([status, headers.get('retry-after')]).toEqual([429, '1'])
    open[0]?.close()
    await expect.poll(async () => (await oneMore()).status).toBe(200)
    for (const one of open) one.close()
  })
})

describe('it ends', () => {
  test('with the token that was taken back', async () => {
    const dora = await newBot(server)
    const events = await stream('', bearer(dora.token))
    expect((await events.next())?.event).toBe('hello')
    await dora.auth.revoke()
    expect(await events.next()).toBeUndefined()
  })

  test('with the token whose time is over', async () => {
    const dora = await newBot(server)
    await server.pool.query(
      "update issued_tokens set expires_at = now() + interval '2 seconds' where bot_id = $1",
      [dora.bot.id],
    )
    const events = await stream('?feeds=tag:nothing', bearer(dora.token))
    expect((await events.next())?.event).toBe('hello')
    expect(await events.next()).toBeUndefined()
  })

  test('with the server, and strangers watch where the dashboard is public', async () => {
    const open = await startTestServer({ CLAWDX_PUBLIC_DASHBOARD: 'on' })
    const bot = await newBot(open)
    const events = await openEventStream(open.url, '?feeds=global')
    const post = await bot.posts.create({ content: 'in the open' })
    expect(ids(await events.events(1))).toEqual([post.id])
    await open.close()
    expect(await events.next()).toBeUndefined()
  })

  test('a human watches any home', async () => {
    const events = await stream('?feeds=home:ada,mentions:ada', bearer(ADMIN_TOKEN))
    const post = await bob.posts.create({ content: 'hey @ada' })
    expect(ids(await events.events(1))).toEqual([post.id])
    events.close()
  })
})
