import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { brokenRules } from '../../test/invariants.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

async function watch(query: string, token = ada.token) {
  const socket = await openFeedSocket(server.url, `/ws/feed?${query}`, { authorization: `Bearer ${token}` })
  await socket.next('hello')
  return socket
}

describe('a filtered reader can prove that it missed nothing', () => {
  test('also where an older transaction commits after many newer ones', async () => {
    const writers = await Promise.all(Array.from({ length: 8 }, () => newBot(server)))
    const live = await watch('feeds=tag:late')
    const late = new pg.Client({ connectionString: server.databaseUrl })
    await late.connect()
    await late.query('begin')
    const { rows } = await late.query<{ id: string }>(
      `insert into events (type, actor_id, payload, feeds)
       values ('post.created', $1::bigint, '{"id": "1", "content": "at last"}', array['tag:late', 'bot:' || $1::bigint]) returning id`,
      [ada.bot.id],
    )
    const count = 160
    await Promise.all(
      writers.map(async (writer) => {
        for (let index = 0; index < count / writers.length; index++)
          await writer.posts.create({ content: `${index} #late` })
      }),
    )
    await live.events(count)
    await late.query('commit')
    await late.end()
    const [seen] = await live.events(1)
    expect(seen?.event).toMatchObject({ id: rows[0]?.id, data: { content: 'at last' } })
    live.close()

    const whole = await watch('feeds=tag:late&cursor=0')
    const chain = await whole.events(count + 1)
    whole.close()
    expect(chain.map(({ prev }) => prev['tag:late'])).toEqual(
      ['0', ...chain.map(({ seq }) => seq)].slice(0, -1),
    )
    for (let index = 0; index < chain.length; index += 23) {
      const resumed = await watch(`feeds=tag:late&cursor=${chain[index]?.seq}`)
      const rest = chain.slice(index + 1)
      expect(await resumed.events(rest.length)).toEqual(rest)
      resumed.close()
    }
    // And from between two of its events.
    const between = await watch(`feeds=tag:late&cursor=${Number(chain.at(-1)?.seq) - 1}`)
    expect(await between.events(1)).toEqual(chain.slice(-1))
    between.close()
    await server.pool.query("delete from events where payload->>'content' = 'at last'")
  })

  test('home is resumed with the follows of that time', async () => {
    const reader = await newBot(server)
    const [x, y] = [await newBot(server), await newBot(server)]
    const live = await watch('feeds=home', reader.token)
    let number = 0
    const speak = async () => {
      for (const bot of [x, y, reader]) await bot.posts.create({ content: `Number ${number++}` })
    }
    await speak()
    await reader.follows.create({ followee: x.handle })
    await speak()
    await reader.follows.create({ followee: y.handle })
    await speak()
    await reader.follows.remove({ bot: x.handle })
    await speak()
    await reader.follows.create({ followee: x.handle })
    await reader.follows.remove({ bot: y.handle })
    await speak()
    // One post of three, two, three, two, two; and five times its own follow or unfollow.
    const seen = await live.events(1 + 2 + 3 + 2 + 2 + 5)
    live.close()
    for (const [index, { seq, prev }] of seen.entries()) {
      if (index > 0) expect(prev).toEqual({ home: seen[index - 1]?.seq })
      const resumed = await watch(`feeds=home&cursor=${seq}`, reader.token)
      const rest = seen.slice(index + 1)
      expect(await resumed.events(rest.length)).toEqual(rest)
      resumed.close()
    }
    const watched = await watch(`feeds=home:${reader.handle}&cursor=${seen[3]?.seq}`, ADMIN_TOKEN)
    expect((await watched.events(seen.length - 4)).map(({ seq }) => seq)).toEqual(
      seen.slice(4).map(({ seq }) => seq),
    )
    watched.close()
  })

  test('feeds come and go in one socket, and a cursor moves all of them', async () => {
    const socket = await watch('feeds=tag:one')
    const first = await ada.posts.create({ content: '#one #two' })
    const [one] = await socket.events(1)
    expect(one?.prev).toEqual({ 'tag:one': '0' })
    socket.send({ op: 'subscribe', feeds: ['tag:two'] })
    await ada.posts.create({ content: '#two' })
    const [two] = await socket.events(1)
    expect(two?.prev).toEqual({ 'tag:two': one?.seq })
    socket.send({ op: 'subscribe', feeds: ['bot:ada'], cursor: String(Number(one?.seq) - 1) })
    const [again] = await socket.events(2)
    expect(again?.event.data['id']).toBe(first.id)
    expect(Object.keys(again?.prev ?? {}).toSorted()).toEqual(['bot:ada', 'tag:one', 'tag:two'])
    socket.send({ op: 'unsubscribe', feeds: ['bot:ada', 'tag:two'] })
    await ada.posts.create({ content: '#two' })
    const last = await ada.posts.create({ content: '#one' })
    expect((await socket.events(1))[0]?.event.data['id']).toBe(last.id)
    socket.close()
  })

  test('a name may be written in several ways, and is answered as it was given', async () => {
    const socket = await watch(`feeds=${encodeURIComponent('tag:ＷＩＤＥ')},tag:Wide`)
    await ada.posts.create({ content: '#wide' })
    const [event] = await socket.events(1)
    expect(event?.prev).toEqual({ 'tag:ＷＩＤＥ': '0', 'tag:Wide': '0' })
    socket.close()
  })
})

test('who comes after a write is not told of it as news', async () => {
  for (let turn = 0; turn < 20; turn++) {
    await ada.posts.create({ content: `before ${turn}` })
    const socket = await watch('feeds=global')
    const after = await ada.posts.create({ content: `after ${turn}` })
    expect((await socket.events(1))[0]?.event.data['id']).toBe(after.id)
    socket.close()
  }
})

describe('a client that does not read', () => {
  const EVENTS = 20_000

  /** Far more than the network between two processes takes, and more than a process keeps in memory. */
  async function flood(): Promise<void> {
    await server.pool.query(
      `insert into events (type, actor_id, payload, feeds)
       select 'like.created', $1::bigint, jsonb_build_object('post_id', i::text, 'filler', repeat('x', 1500)), array['bot:' || $1::bigint]
       from generate_series(1, $2::int) i`,
      [ada.bot.id, EVENTS],
    )
    const { rows } = await server.pool.query<{ id: string }>('select max(id) as id from events')
    await expect
      .poll(
        async () =>
          (await server.pool.query('select from events where id = $1 and seq > 0', [rows[0]?.id])).rowCount,
        { timeout: 25_000 },
      )
      .toBe(1)
  }

  async function framesSent(): Promise<number> {
    const { body } = await server.request('GET', '/metrics', { token: ADMIN_TOKEN })
    return Number(/^clawdx_ws_frames_total (\d+)/m.exec(String(body))?.[1])
  }

  test(
    'is given no more than it takes, and gets the rest when it reads on',
    { timeout: 60_000 },
    async () => {
      const [stalled, other] = [await watch('feeds=global'), await watch('feeds=global')]
      stalled.pause()
      const before = await framesSent()
      await flood()
      const quick = await other.events(EVENTS)
      expect(quick).toHaveLength(EVENTS)
      const given = (await framesSent()) - before - EVENTS
      expect(given).toBeGreaterThan(0)
      expect(given).toBeLessThan(EVENTS / 2)
      stalled.resume()
      const slow = await stalled.events(EVENTS)
      expect(slow.map(({ seq }) => seq)).toEqual(quick.map(({ seq }) => seq))
      expect(slow.every(({ seq, prev }) => prev['global'] === String(Number(seq) - 1))).toBe(true)
      other.close()
      stalled.close()
      await server.pool.query("delete from events where payload ? 'filler'")
    },
  )
})

test('all the while nothing was entered wrongly', async () => {
  const broken = await brokenRules(server.pool)
  expect(broken).toEqual([])
})
