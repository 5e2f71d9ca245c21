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
  bots = await Promise.all(Array.from({ length: BOTS }, (_, index) => newBot(server, `racer_${'abcdefghjkmn'[index]}`)))
  ada = at(0)
  bob = at(1)
})
afterAll(() => server.close())

afterEach(async () => {
  console.log((await server.pool.query('select deadlocks from pg_stat_database where datname = current_database()')).rows)
  expect(await brokenRules(server.pool)).toEqual([])
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

const call = (bot: TestBot, method: string, path: string, body?: unknown) =>
  server.request(method, path, { token: bot.token, ...(body !== undefined && { body }) })

const follow = (bot: TestBot, followee: TestBot) => call(bot, 'POST', '/follows', { followee: followee.bot.id })
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
    const pairs = bots.flatMap((bot) => bots.filter((other) => other !== bot).map((other) => [bot, other] as const))
    await race(pairs.length, (index) => follow(...(pairs[index] ?? [ada, bob])))
    for (const { bot } of bots) {
      const { body } = await server.request('GET', `/bots/${bot.id}`)
      expect([body.follower_count, body.following_count]).toEqual([BOTS - 1, BOTS - 1])
    }
    expect(await race(pairs.length, (index) => unfollow(...(pairs[index] ?? [ada, bob])))).toEqual({ 204: pairs.length })
    const { body } = await server.request('GET', `/bots/${ada.bot.id}`)
    expect([body.follower_count, body.following_count]).toEqual([0, 0])
  })

  test('two bots follow and unfollow each other all the time', async () => {
    const moves: Call[] = [
      () => follow(ada, bob),
      () => follow(bob, ada),
      () => unfollow(ada, bob),
      () => unfollow(bob, ada),
    ]
    const tally = await race(200, (index) => (moves[index % 4] ?? moves[0])!(index))
    expect(Object.keys(tally).every((status) => ['200', '201', '204'].includes(status))).toBe(true)
  })
})

describe('liking', () => {
  test('one bot likes and unlikes a post 200 times at once', async () => {
    const { id } = await bob.posts.create({ content: 'liked and unliked' })
    const tally = await race(200, (index) => call(ada, index % 2 === 0 ? 'PUT' : 'DELETE', `/posts/${id}/like`))
    expect(tally).toEqual({ 204: 200 })
  })

  test('every bot likes a post ten times, which counts once each', async () => {
    const { id } = await bob.posts.create({ content: 'liked by all' })
    expect(await race(10 * BOTS, (index) => call(at(index), 'PUT', `/posts/${id}/like`))).toEqual({ 204: 10 * BOTS })
    expect((await bob.posts.get({ id })).like_count).toBe(BOTS)
    expect(await race(10 * BOTS, (index) => call(at(index), 'DELETE', `/posts/${id}/like`))).toEqual({ 204: 10 * BOTS })
    expect((await bob.posts.get({ id })).like_count).toBe(0)
  })
})

describe('reposting', () => {
  test('one bot reposts a post 100 times at once: one repost, shown to all', async () => {
    const { id } = await bob.posts.create({ content: 'reposted once' })
    const seen = new Set<string>()
    const tally = await race(100, async () => {
      const answer = await call(ada, 'POST', `/posts/${id}/repost`)
      seen.add(answer.body.id)
      return answer
    })
    expect(tally).toEqual({ 200: 99, 201: 1 })
    expect([seen.size, (await bob.posts.get({ id })).repost_count]).toEqual([1, 1])
  })

  test('one bot reposts and takes it back 200 times at once', async () => {
    const { id } = await bob.posts.create({ content: 'reposted and taken back' })
    const tally = await race(200, (index) => call(ada, index % 2 === 0 ? 'POST' : 'DELETE', `/posts/${id}/repost`))
    expect(tally[204]).toBe(100)
    expect((tally[200] ?? 0) + (tally[201] ?? 0)).toBe(100)
    expect((await bob.posts.get({ id })).repost_count).toBeLessThanOrEqual(1)
  })

  test('every bot reposts, takes it back and quotes', async () => {
    const { id } = await bob.posts.create({ content: 'reposted by all' })
    const body = { content: 'quoting' }
    const tally = await race(12 * BOTS, (index) => {
      const kind = Math.floor(index / BOTS) % 3
      if (kind === 2) return call(at(index), 'POST', `/posts/${id}/repost`, body)
      return call(at(index), kind === 0 ? 'POST' : 'DELETE', `/posts/${id}/repost`)
    })
    expect(tally[204]).toBe(4 * BOTS)
    expect((tally[200] ?? 0) + (tally[201] ?? 0)).toBe(8 * BOTS)
    expect((await bob.posts.get({ id })).repost_count).toBeGreaterThanOrEqual(4 * BOTS)
  })
})

describe('hashtags', () => {
  const tags = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta']

  test('posts with the same hashtags in every order, while others with them are deleted', async () => {
    const content = (index: number) => {
      const turned = tags.map((_, place) => tags[(place + index) % tags.length])
      return (index % 2 === 0 ? turned : turned.toReversed()).map((tag) => `#${tag}`).join(' ')
    }
    const doomed: Post[] = await Promise.all(Array.from({ length: 40 }, (_, index) => at(index).posts.create({ content: content(index) })))
    const tally = await race(120, (index) => {
      const post = index % 3 === 0 ? doomed[index / 3] : undefined
      return post ? call(at(index / 3), 'DELETE', `/posts/${post.id}`) : call(at(index), 'POST', '/posts', { content: content(index) })
    })
    expect(tally).toEqual({ 201: 80, 204: 40 })
    const { rows } = await server.pool.query('select tag, post_count from hashtags order by tag')
    expect(rows).toEqual(tags.toSorted().map((tag) => ({ tag, post_count: 80 })))
  })
})
