import { setTimeout as sleep } from 'node:timers/promises'
import type { Post } from '@clawdxcraft/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { startTestServer } from './harness.ts'
import type { TestResponse, TestServer } from './harness.ts'
import { brokenRules } from './invariants.ts'

const BOTS = 12

let server: TestServer
let bots: TestBot[]
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer()
  bots = await Promise.all(
    Array.from({ length: BOTS }, (_, index) => newBot(server, `racer_${'abcdefghjkmn'[index]}`)),
  )
  ada = at(0)
  bob = at(1)
})
afterAll(() => server.close())

afterEach(async () => {
  expect(await brokenRules(server.pool)).toEqual([])
  // One that was retried is no fault of the answer, but a second lost, and a sign that two writes lock in different orders.
  const { rows } = await server.pool.query(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  expect(rows).toEqual([{ deadlocks: '0' }])
})

function at(index: number): TestBot {
  const bot = bots[index % BOTS]
  if (!bot) throw new Error('There are no bots')
  return bot
}

type Call = (index: number) => Promise<TestResponse>

/** Sends requests all at once, and says how often each status came. */
async function race(count: number, call: Call): Promise<Record<number, number>> {
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => call(index)))
  const tally: Record<number, number> = {}
  for (const { status } of answers) tally[status] = (tally[status] ?? 0) + 1
  return tally
}

/** One request, sent again for as long as the server says that it is too busy for it, as every client does. */
async function call(bot: TestBot, method: string, path: string, body?: unknown): Promise<TestResponse> {
  for (;;) {
    const answer = await server.request(method, path, {
      token: bot.token,
      ...(body !== undefined && { body }),
    })
    if (answer.status !== 503 || !answer.headers.has('retry-after')) return answer
    await sleep(100 + 200 * Math.random())
  }
}

const follow = (bot: TestBot, followee: TestBot) =>
  call(bot, 'POST', '/follows', { followee: followee.bot.id })
const unfollow = (bot: TestBot, followee: TestBot) => call(bot, 'DELETE', `/follows/${followee.handle}`)

/** How many of these the log has. */
async function eventsOf(type: string, actor: TestBot): Promise<number> {
  const { rows } = await server.pool.query<{ n: number }>(
    'select count(*)::int as n from events where type = $1 and actor_id = $2',
    [type, actor.bot.id],
  )
  return rows[0]?.n ?? -1
}

describe('following', () => {
  test('one bot follows and unfollows the same one 200 times at once', async () => {
    const tally = await race(200, (index) => (index % 2 === 0 ? follow(ada, bob) : unfollow(ada, bob)))
    expect(tally).toEqual({ 200: expect.any(Number), 201: expect.any(Number), 204: 100 })
    expect(await eventsOf('follow.created', ada)).toBe(tally[201])
  })

  test('everyone follows everyone at once, and then nobody anybody', async () => {
    const pairs = bots.flatMap((bot) =>
      bots.filter((other) => other !== bot).map((other) => [bot, other] as const),
    )
    await race(pairs.length, (index) => follow(...(pairs[index] ?? [ada, bob])))
    for (const { bot } of bots) {
      const { body } = await server.request('GET', `/bots/${bot.id}`)
      expect([body.follower_count, body.following_count]).toEqual([BOTS - 1, BOTS - 1])
    }
    expect(await race(pairs.length, (index) => unfollow(...(pairs[index] ?? [ada, bob])))).toEqual({
      204: pairs.length,
    })
    const { body } = await server.request('GET', `/bots/${ada.bot.id}`)
    expect([body.follower_count, body.following_count]).toEqual([0, 0])
  })

  test('two bots follow and unfollow each other all the time', async () => {
    const tally = await race(120, (index) => {
      const [one, other] = index % 2 === 0 ? [ada, bob] : [bob, ada]
      return index % 4 < 2 ? follow(one, other) : unfollow(one, other)
    })
    expect(tally).toEqual({ 200: expect.any(Number), 201: expect.any(Number), 204: 60 })
  })
})

describe('liking', () => {
  test('one bot likes and unlikes a post 100 times at once', async () => {
    const { id } = await bob.posts.create({ content: 'liked and unliked' })
    const tally = await race(100, (index) =>
      call(ada, index % 2 === 0 ? 'PUT' : 'DELETE', `/posts/${id}/like`),
    )
    expect(tally).toEqual({ 204: 100 })
  })

  test('every bot likes a post five times, which counts once each', async () => {
    const { id } = await bob.posts.create({ content: 'liked by all' })
    expect(await race(5 * BOTS, (index) => call(at(index), 'PUT', `/posts/${id}/like`))).toEqual({
      204: 5 * BOTS,
    })
    expect((await bob.posts.get({ id })).like_count).toBe(BOTS)
    expect(await race(5 * BOTS, (index) => call(at(index), 'DELETE', `/posts/${id}/like`))).toEqual({
      204: 5 * BOTS,
    })
    expect((await bob.posts.get({ id })).like_count).toBe(0)
  })
})

describe('reposting', () => {
  test('one bot reposts a post 60 times at once: one repost, shown to all', async () => {
    const { id } = await bob.posts.create({ content: 'reposted once' })
    const seen = new Set<string>()
    const tally = await race(60, async () => {
      const answer = await call(ada, 'POST', `/posts/${id}/repost`)
      seen.add(answer.body.id)
      return answer
    })
    expect(tally).toEqual({ 200: 59, 201: 1 })
    expect([seen.size, (await bob.posts.get({ id })).repost_count]).toEqual([1, 1])
  })

  test('one bot reposts and takes it back 100 times at once', async () => {
    const { id } = await bob.posts.create({ content: 'reposted and taken back' })
    const tally = await race(100, (index) =>
      call(ada, index % 2 === 0 ? 'POST' : 'DELETE', `/posts/${id}/repost`),
    )
    expect(tally[204]).toBe(50)
    expect((tally[200] ?? 0) + (tally[201] ?? 0)).toBe(50)
    expect((await bob.posts.get({ id })).repost_count).toBeLessThanOrEqual(1)
  })

  test('every bot reposts, takes it back and quotes', async () => {
    const { id } = await bob.posts.create({ content: 'reposted by all' })
    const body = { content: 'quoting' }
    const tally = await race(6 * BOTS, (index) => {
      const kind = Math.floor(index / BOTS) % 3
      if (kind === 2) return call(at(index), 'POST', `/posts/${id}/repost`, body)
      return call(at(index), kind === 0 ? 'POST' : 'DELETE', `/posts/${id}/repost`)
    })
    expect(tally[204]).toBe(2 * BOTS)
    expect((tally[200] ?? 0) + (tally[201] ?? 0)).toBe(4 * BOTS)
    expect((await bob.posts.get({ id })).repost_count).toBeGreaterThanOrEqual(2 * BOTS)
  })
})

test('a reply that had to wait for its turn is newer than what was posted meanwhile', async () => {
  const { id } = await bob.posts.create({ content: 'held for a moment' })
  const holder = await server.pool.connect()
  await holder.query('begin')
  await holder.query('select 1 from posts where id = $1 for update', [id])
  const waiting = call(ada, 'POST', '/posts', { content: 'had to wait', parent_id: id })
  await expect.poll(waiters, { interval: 10 }).toBe(1)
  const meanwhile = await bob.posts.create({ content: 'meanwhile' })
  await holder.query('commit')
  holder.release()
  const { body: reply } = await waiting
  const { body: feed } = await server.request('GET', '/posts/feed?limit=2')
  expect(feed.items.map((post: Post) => post.id)).toEqual([reply.id, meanwhile.id])
  expect(Date.parse(reply.created_at)).toBeGreaterThanOrEqual(Date.parse(meanwhile.created_at))
})

async function waiters(): Promise<number> {
  const { rows } = await server.pool.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  )
  return rows[0]?.n ?? -1
}

describe('hashtags', () => {
  const tags = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta']

  test('posts with the same hashtags in every order, while others with them are deleted', async () => {
    const content = (index: number) => {
      const turned = tags.map((_, place) => tags[(place + index) % tags.length])
      return (index % 2 === 0 ? turned : turned.toReversed()).map((tag) => `#${tag}`).join(' ')
    }
    const doomed: Post[] = []
    await race(40, async (index) => {
      const answer = await call(at(index), 'POST', '/posts', { content: content(index) })
      doomed[index] = answer.body
      return answer
    })
    const tally = await race(120, (index) => {
      const post = index % 3 === 0 ? doomed[index / 3] : undefined
      if (post) return call(at(index / 3), 'DELETE', `/posts/${post.id}`)
      return call(at(index), 'POST', '/posts', { content: content(index) })
    })
    expect(tally).toEqual({ 201: 80, 204: 40 })
    const { rows } = await server.pool.query('select tag, post_count from hashtags order by tag')
    expect(rows).toEqual(tags.toSorted().map((tag) => ({ tag, post_count: 80 })))
  })
})

describe('deleting a post', () => {
  test('while every bot replies, quotes, reposts and likes', async () => {
    const { id } = await bob.posts.create({ content: 'soon gone #short @racer_a' })
    const deeds: ((bot: TestBot) => Promise<TestResponse>)[] = [
      (bot) => call(bot, 'POST', '/posts', { content: 'a reply', parent_id: id }),
      (bot) => call(bot, 'POST', `/posts/${id}/repost`, { content: 'a quote' }),
      (bot) => call(bot, 'POST', `/posts/${id}/repost`),
      (bot) => call(bot, 'PUT', `/posts/${id}/like`),
    ]
    const count = 8 * BOTS
    const tally = await race(count + 1, (index) => {
      // In the middle of them.
      if (index === count / 2) return call(bob, 'DELETE', `/posts/${id}`)
      return (deeds[Math.floor(index / BOTS) % 4] ?? deeds[0]!)(at(index))
    })
    const { 404: late = 0, 204: done = 0, 201: made = 0, 200: again = 0, ...others } = tally
    expect(others).toEqual({})
    expect(late + done + made + again).toBe(count + 1)
    expect((await server.request('GET', `/posts/${id}`)).status).toBe(404)
    expect((await server.request('GET', `/posts/${id}/thread`)).status).toBe(404)
    const { rows } = await server.pool.query<{ id: string; parent_id: string | null }>(
      'select id, parent_id from posts where (parent_id = $1 or repost_of_id = $1) and deleted_at is null',
      [id],
    )
    const left = await Promise.all(rows.map((row) => server.request('GET', `/posts/${row.id}/thread`)))
    const stone = { id, deleted: true }
    for (const { body } of left) {
      expect(body.post.content).toMatch(/^a (reply|quote)$/)
      if (body.post.parent_id === id) expect([body.root, body.ancestors]).toEqual([stone, [stone]])
      else expect([body.post.repost_of, body.root.id]).toEqual([stone, body.post.id])
    }
  })

  test('which all at once succeeds once', async () => {
    const { id } = await bob.posts.create({ content: 'deleted by many' })
    expect(await race(50, () => call(bob, 'DELETE', `/posts/${id}`))).toEqual({ 204: 1, 404: 49 })
  })

  test('takes its plain reposts along, each with an event, while their bots take them back', async () => {
    const { id } = await bob.posts.create({ content: 'reposted, then gone' })
    const reposts = await Promise.all(bots.map((bot) => call(bot, 'POST', `/posts/${id}/repost`)))
    const quote = await call(ada, 'POST', `/posts/${id}/repost`, { content: 'quoted, then gone' })
    const tally = await race(2 * BOTS + 1, (index) => {
      if (index === BOTS) return call(bob, 'DELETE', `/posts/${id}`)
      // Each once by its own id, once by that of the original.
      return call(
        at(index),
        'DELETE',
        index < BOTS ? `/posts/${reposts[index]?.body.id}` : `/posts/${id}/repost`,
      )
    })
    expect(Object.keys(tally).every((status) => ['204', '404'].includes(status))).toBe(true)
    const { rows } = await server.pool.query(
      `select count(*)::int as events from events where type = 'post.deleted' and payload->>'id' = any($1::text[])`,
      [[id, ...reposts.map((repost) => repost.body.id)]],
    )
    expect(rows).toEqual([{ events: BOTS + 1 }])
    const { body } = await server.request('GET', `/posts/${quote.body.id}`)
    expect(body.repost_of).toEqual({ id, deleted: true })
  })

  test('of every post of a thread at once', async () => {
    let parent: string | undefined
    const chain: string[] = []
    for (let depth = 0; depth < BOTS; depth++) {
      const { body } = await call(at(depth), 'POST', '/posts', {
        content: `depth ${depth}`,
        ...(parent && { parent_id: parent }),
      })
      parent = body.id
      chain.push(body.id)
    }
    const last = await call(ada, 'POST', '/posts', { content: 'the last word', parent_id: parent })
    expect(await race(BOTS, (index) => call(at(index), 'DELETE', `/posts/${chain[index]}`))).toEqual({
      204: BOTS,
    })
    const { body } = await server.request('GET', `/posts/${last.body.id}/thread`)
    const stones = chain.map((id) => ({ id, deleted: true }))
    expect([body.root, body.ancestors]).toEqual([stones[0], stones])
  })

  test('of bots who repost and follow each other', async () => {
    const pairs = bots
      .flatMap((one, index) => bots.slice(index + 1).map((other) => [one, other] as const))
      .slice(0, 20)
    const written = await Promise.all(
      pairs.map(async ([one, other]) => {
        const posts = [
          await call(one, 'POST', '/posts', { content: 'mine' }),
          await call(other, 'POST', '/posts', { content: 'mine' }),
        ]
        await call(one, 'POST', `/posts/${posts[1]?.body.id}/repost`)
        await call(other, 'POST', `/posts/${posts[0]?.body.id}/repost`)
        return posts.map((post): string => post.body.id)
      }),
    )
    const tally = await race(4 * pairs.length, (index) => {
      const [one, other] = pairs[index % pairs.length] ?? [ada, bob]
      const [first, second] = written[index % pairs.length] ?? []
      const turn = Math.floor(index / pairs.length)
      if (turn === 0) return call(one, 'DELETE', `/posts/${first}`)
      if (turn === 1) return call(other, 'DELETE', `/posts/${second}`)
      return turn === 2 ? follow(one, other) : follow(other, one)
    })
    expect(tally[204]).toBe(2 * pairs.length)
    expect((tally[200] ?? 0) + (tally[201] ?? 0)).toBe(2 * pairs.length)
  })
})

test('the rules find a counter that lies', async () => {
  const lies = [
    'bots set follower_count',
    'bots set last_post_at',
    'posts set like_count',
    'hashtags set post_count',
  ]
  await ada.posts.create({ content: 'the truth #truth' })
  for (const lie of lies) {
    const [table = '', , column = ''] = lie.split(' ')
    const { rows } = await server.pool.query(
      `select id, ${column} as value from ${table} order by id desc limit 1`,
    )
    const value = column === 'last_post_at' ? new Date(0) : rows[0].value + 1
    await server.pool.query(`update ${lie} = $2 where id = $1`, [rows[0].id, value])
    expect(await brokenRules(server.pool)).toHaveLength(1)
    await server.pool.query(`update ${lie} = $2 where id = $1`, [rows[0].id, rows[0].value])
  }
  const { rows } = await server.pool.query("delete from audit_log where action = 'post.create' returning *")
  expect((await brokenRules(server.pool)).map(({ rule }) => rule)).toEqual([
    'every change has one row in the audit log',
  ])
  for (const { bot_id, action, metadata_json } of rows) {
    const values = [bot_id, action, metadata_json]
    await server.pool.query(
      'insert into audit_log (bot_id, action, metadata_json) values ($1, $2, $3)',
      values,
    )
  }
})
