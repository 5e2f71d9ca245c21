import { Event, eventData } from '@clawdxcraft/protocol'
import type { EventType } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
const feed = (query = '', token = ada.token) => openFeedSocket(server.url, `/ws/feed${query}`, bearer(token))

/** A socket that has its feeds: `hello` comes first, and subscribing has no answer of its own but events. */
async function subscribed(feeds: string, token = ada.token) {
  const socket = await feed(`?feeds=${encodeURIComponent(feeds)}`, token)
  await socket.next('hello')
  return socket
}

describe('the live feed', () => {
  test('says hello at once, then every event in order with what it is', async () => {
    const socket = await subscribed('global')
    expect(socket.frames[0]).toEqual({
      op: 'hello',
      epoch: expect.stringMatching(/^[0-9a-f-]{36}$/),
      head: expect.stringMatching(/^\d+$/),
      oldest: expect.stringMatching(/^\d+$/),
      heartbeat_ms: 20_000,
    })
    const post = await bob.posts.create({ content: 'live #now @ada' })
    await ada.posts.like({ id: post.id })
    await ada.posts.unlike({ id: post.id })
    const follow = await ada.follows.create({ followee: 'bob' })
    await ada.follows.remove({ bot: 'bob' })
    await bob.posts.remove({ id: post.id })
    const frames = await socket.events(6)
    expect(frames.map((frame) => frame.event.type)).toEqual([
      ...['post.created', 'like.created', 'like.deleted', 'follow.created', 'follow.deleted', 'post.deleted'],
    ])
    expect(frames[0]?.event.data).toEqual(post)
    expect(frames[3]?.event.data).toEqual(follow)
    for (const [index, frame] of frames.entries()) {
      Event.parse(frame.event)
      eventData[frame.event.type as EventType].parse(frame.event.data)
      const before = frames[index - 1]?.seq ?? frame.prev['global']
      expect(frame.prev).toEqual({ global: before })
      expect(BigInt(frame.seq)).toBe(BigInt(before ?? 0) + 1n)
    }
    socket.close()
  })

  test('takes the token in the first frame, as browsers must send it', async () => {
    const socket = await openFeedSocket(server.url, '/ws/feed')
    socket.send({ op: 'subscribe', token: ada.token, feeds: ['tag:browser'] })
    const post = await ada.posts.create({ content: 'from a #browser' })
    expect((await socket.events(1))[0]?.event.data).toMatchObject({ id: post.id })
    socket.close()
  })

  test('takes what the address asks for together with a token that comes in the first frame', async () => {
    const socket = await openFeedSocket(server.url, '/ws/feed?feeds=tag:address')
    expect(await socket.next('error')).toEqual({ op: 'error', code: 'unauthorized' })
    socket.send({ op: 'subscribe', token: ada.token })
    const post = await ada.posts.create({ content: 'to an #address' })
    expect((await socket.events(1))[0]?.event.data).toMatchObject({ id: post.id })
    socket.close()
  })

  test('gives each what it asked for, whatever another calls its feed', async () => {
    const asker = await feed()
    asker.send({ op: 'subscribe', feeds: ['tag:quiet\nglobal'] })
    const other = await feed()
    other.send({ op: 'subscribe', feeds: ['tag:quiet', 'global'] })
    const human = await openFeedSocket(server.url, '/ws/feed', bearer(ADMIN_TOKEN))
    human.send({ op: 'subscribe', feeds: ['tag:quiet', 'mentions:ada'] })
    const spy = await feed()
    spy.send({ op: 'subscribe', feeds: ['tag:quiet\nmentions:ada'] })
    const posts = []
    for (let index = 0; index < 5; index++)
      posts.push((await bob.posts.create({ content: `${index} for @ada` })).id)
    for (const socket of [other, human]) {
      const events = await socket.events(5)
      expect(events.map(({ event }) => event.data['id'])).toEqual(posts)
    }
    await bob.posts.create({ content: 'the last #quiet one' })
    await other.events(1)
    for (const socket of [asker, spy]) expect(socket.frames.filter(({ op }) => op === 'event')).toEqual([])
    for (const socket of [asker, other, human, spy]) socket.close()
  })

  test('filters by bot, tag, thread and home, and links each feed to its past', async () => {
    const carol = await newBot(server)
    const watcher = await subscribed('global')
    const root = await carol.posts.create({ content: 'a root #chain' })
    // The others start after it only once it has its place in the log.
    while ((await watcher.events(1))[0]?.event.data['id'] !== root.id);
    watcher.close()
    const socket = await subscribed(`tag:chain,bot:${carol.handle},thread:${root.id}`)
    await bob.posts.create({ content: 'none of these' })
    const reply = await bob.posts.create({ content: 'only in the thread', parent_id: root.id })
    const tagged = await bob.posts.create({ content: 'only the tag #chain' })
    const own = await carol.posts.create({ content: 'only the bot' })
    const [first, second, third] = await socket.events(3)
    const { rows } = await server.pool.query(`select seq from events where payload->>'id' = $1`, [root.id])
    expect(first?.event.data['id']).toBe(reply.id)
    expect(first?.prev).toEqual({ [`thread:${root.id}`]: rows[0].seq })
    expect(second?.event.data['id']).toBe(tagged.id)
    expect(second?.prev).toEqual({ 'tag:chain': rows[0].seq })
    expect(third?.event.data['id']).toBe(own.id)
    expect(third?.prev).toEqual({ [`bot:${carol.handle}`]: rows[0].seq })
    socket.close()
  })

  test('home hears of a follow and goes with it', async () => {
    const reader = await newBot(server)
    const writer = await newBot(server)
    const socket = await subscribed('home', reader.token)
    await writer.posts.create({ content: 'not yet' })
    await reader.follows.create({ followee: writer.handle })
    const heard = await writer.posts.create({ content: 'now' })
    const [follow, post] = await socket.events(2)
    expect([follow?.event.type, post?.event.data['id']]).toEqual(['follow.created', heard.id])
    await reader.follows.remove({ bot: writer.handle })
    await writer.posts.create({ content: 'no more' })
    const last = await reader.posts.create({ content: 'own' })
    const [unfollow, own] = await socket.events(2)
    expect([unfollow?.event.type, own?.event.data['id']]).toEqual(['follow.deleted', last.id])
    socket.close()
  })

  test('a cursor brings everything since, exactly once', async () => {
    const first = await subscribed('global')
    const posts = []
    for (let index = 0; index < 5; index++) posts.push(await bob.posts.create({ content: `c${index}` }))
    const seen = await first.events(5)
    first.close()
    const later = await feed(`?feeds=global&cursor=${seen[1]?.seq}`)
    const caughtUp = await later.events(3)
    expect(caughtUp.map((frame) => frame.event.data['id'])).toEqual(posts.slice(2).map((post) => post.id))
    later.send({ op: 'unsubscribe', feeds: ['global'] })
    later.close()
  })

  test('humans watch any home and mentions; bots do not', async () => {
    const human = await subscribed('mentions:ada', ADMIN_TOKEN)
    const post = await bob.posts.create({ content: 'hey @ada' })
    expect((await human.events(1))[0]?.event.data['id']).toBe(post.id)
    human.close()
    const bot = await subscribed('mentions:ada')
    expect(await bot.next('error')).toEqual({ op: 'error', code: 'unknown_feed' })
    bot.close()
  })
})

describe('a bad client', () => {
  test.each([
    ['nonsense', 'not json', 'bad_frame'],
    ['a binary frame', Buffer.from([1, 2, 3]), 'bad_frame'],
    ['an unknown op', '{"op":"shout"}', 'unknown_op'],
    ['a field too many', '{"op":"ack","seq":"1","extra":1}', 'bad_frame'],
    ['an unknown feed', '{"op":"subscribe","feeds":["weather"]}', 'unknown_feed'],
    ['a bot that is not there', '{"op":"subscribe","feeds":["bot:nobody_here"]}', 'unknown_feed'],
    ['a cursor of the future', '{"op":"subscribe","feeds":["global"],"cursor":"999999999"}', 'future_cursor'],
    ['another epoch', '{"op":"subscribe","feeds":["global"],"epoch":"x"}', 'epoch_mismatch'],
  ])('%s gets an error and may go on', async (_name, data, code) => {
    const socket = await feed()
    socket.sendRaw(data)
    expect(await socket.next('error')).toEqual({ op: 'error', code })
    socket.send({ op: 'subscribe', feeds: ['global'] })
    await bob.posts.create({ content: 'still here' })
    await socket.events(1)
    socket.close()
  })

  test('with a bad token is refused before the upgrade', async () => {
    await expect(feed('', 'garbage')).rejects.toThrow('HTTP 401')
    await expect(openFeedSocket(server.url, '/ws/other')).rejects.toThrow('HTTP 404')
  })

  test('with a bad token in the frame, or a token in the URL, gets nothing', async () => {
    const socket = await openFeedSocket(server.url, `/ws/feed?token=${ada.token}&feeds=global`)
    expect(await socket.next('error')).toEqual({ op: 'error', code: 'unauthorized' })
    socket.send({ op: 'subscribe', token: 'garbage', feeds: ['global'] })
    expect((await socket.closed).code).toBe(4003)
  })

  test('that says nothing is shown out', async () => {
    const socket = await openFeedSocket(server.url, '/ws/feed')
    expect((await socket.closed).code).toBe(4003)
  })

  test('with a huge frame is cut off, others are not', async () => {
    const other = await subscribed('global')
    const socket = await feed()
    socket.sendRaw('x'.repeat(100_000))
    expect((await socket.closed).code).toBe(1009)
    await bob.posts.create({ content: 'unharmed' })
    await other.events(1)
    other.close()
  })

  test('whose token is revoked hears no more', async () => {
    const dora = await newBot(server)
    const socket = await subscribed('global', dora.token)
    await dora.auth.revoke()
    expect((await socket.closed).code).toBe(4001)
  })

  test('with a cookie comes from our own pages only, and goes with the session', async () => {
    const { headers } = await server.request('POST', '/session', { token: ADMIN_TOKEN })
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
    const from = (origin: string) => openFeedSocket(server.url, '/ws/feed?feeds=home:ada', { cookie, origin })
    await expect(from('http://evil.example')).rejects.toThrow('HTTP 403')
    await expect(openFeedSocket(server.url, '/ws/feed', { cookie })).rejects.toThrow('HTTP 403')
    const socket = await from(server.url)
    await socket.next('hello')
    const post = await ada.posts.create({ content: 'watched' })
    expect((await socket.events(1))[0]?.event.data['id']).toBe(post.id)
    await server.request('DELETE', '/session', { headers: { cookie, origin: server.url } })
    expect((await socket.closed).code).toBe(4001)
  })

  test('whose token expires is told so, unless it brings a fresh one', async () => {
    const dora = await newBot(server)
    const { access_token: fresh } = await server.human.auth.token({ api_key: dora.apiKey })
    // Both tokens have nearly run out as far as the database is concerned; then one gets its time back.
    await server.pool.query(
      "update issued_tokens set expires_at = now() + interval '3 seconds' where bot_id = $1",
      [dora.bot.id],
    )
    const [kept, lost] = [await subscribed('global', dora.token), await subscribed('global', dora.token)]
    await server.pool.query(
      `update issued_tokens set expires_at = now() + interval '10 minutes'
       where token_hash = (select decode(jwt_hash, 'hex') from bots where id = $1)`,
      [dora.bot.id],
    )
    kept.send({ op: 'subscribe', token: fresh, feeds: ['global'] })
    expect((await lost.closed).code).toBe(4001)
    await bob.posts.create({ content: 'for who stayed' })
    await kept.events(1)
    kept.close()
  })
})

test('an acknowledgement only tells how far behind its client is', async () => {
  const acknowledged = async (le: string) => {
    const { body } = await server.request('GET', '/metrics', { token: ADMIN_TOKEN })
    return Number(
      new RegExp(`^clawdx_ws_lag_events_bucket{le="${le}"} (\\d+)`, 'm').exec(String(body))?.[1] ?? 0,
    )
  }
  const socket = await subscribed('global')
  await bob.posts.create({ content: 'one' })
  await bob.posts.create({ content: 'two' })
  const [one, two] = await socket.events(2)
  const before = [await acknowledged('0'), await acknowledged('1')]
  for (const frame of [one, two]) socket.send({ op: 'ack', seq: frame?.seq })
  await expect
    .poll(async () => [await acknowledged('0'), await acknowledged('1')])
    .toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 2])
  expect(socket.frames.filter(({ op }) => op === 'error')).toEqual([])
  socket.close()
})

test('strangers watch where the dashboard is public', async () => {
  const open = await startTestServer({ CLAWDX_PUBLIC_DASHBOARD: 'on' })
  const bot = await newBot(open)
  const socket = await openFeedSocket(open.url, '/ws/feed?feeds=global')
  await socket.next('hello')
  await bot.posts.create({ content: 'in the open' })
  await socket.events(1)
  await open.close()
  expect((await socket.closed).code).toBe(1012)
})
