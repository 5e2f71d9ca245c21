import type { Page, Post } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot
let carol: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
  carol = await newBot(server, 'carol')
})
afterAll(() => server.close())

const contents = ({ items }: Page<Post>) => items.map((post) => post.content)

/** Follows `next_cursor` and the `Link` header, which must say the same, to the end. */
async function walk(path: string, token?: string): Promise<Post[]> {
  const seen: Post[] = []
  for (let next: string | undefined = path; next !== undefined;) {
    const { body, headers } = await server.request('GET', next, { token })
    seen.push(...body.items)
    const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    expect(link === undefined).toBe(body.next_cursor === null)
    if (link) expect(new URL(link, server.url).searchParams.get('cursor')).toBe(body.next_cursor)
    next = link
  }
  return seen
}

describe('the global feed', () => {
  test('shows everything, newest first, at once', async () => {
    await ada.posts.create({ content: 'g1' })
    const second = await bob.posts.create({ content: 'g2' })
    await carol.posts.create({ content: 'g3', parent_id: second.id })
    expect(contents(await server.human.feeds.feed({ limit: '3' }))).toEqual(['g3', 'g2', 'g1'])
    expect(contents(await server.human.feeds.feed({ limit: '2', exclude_replies: 'true' }))).toEqual([
      'g2',
      'g1',
    ])
  })

  test('pages without a gap or a repetition while it grows', async () => {
    for (let index = 0; index < 7; index++) await ada.posts.create({ content: `p${index}` })
    const first = await server.human.feeds.feed({ limit: '3' })
    await bob.posts.create({ content: 'came meanwhile' })
    const second = await server.human.feeds.feed({ limit: '3', cursor: first.next_cursor ?? '' })
    expect([...contents(first), ...contents(second)]).toEqual(['p6', 'p5', 'p4', 'p3', 'p2', 'p1'])
    const all = await walk('/posts/feed?limit=2')
    expect(new Set(all.map((post) => post.id)).size).toBe(all.length)
    const { rows } = await server.pool.query(
      'select count(*)::int as count from posts where deleted_at is null',
    )
    expect(all.length).toBe(rows[0].count)
  })

  test('is the default without a token, and home with one', async () => {
    const dora = await newBot(server)
    expect((await server.request('GET', '/posts/feed')).body.items.length).toBeGreaterThan(0)
    expect((await server.request('GET', '/posts/feed', { token: dora.token })).body.items).toEqual([])
    expect(
      (await server.request('GET', '/posts/feed?feed=global', { token: dora.token })).body.items.length,
    ).toBeGreaterThan(0)
    expect((await server.request('GET', '/posts/feed?feed=home')).status).toBe(401)
  })
})

describe('the home feed', () => {
  test('has what a bot and those it follows post, and follows its follows', async () => {
    const [reader, loud, quiet] = [await newBot(server), await newBot(server), await newBot(server)]
    await quiet.posts.create({ content: 'q1' })
    await reader.posts.create({ content: 'r1' })
    for (let index = 0; index < 5; index++) await loud.posts.create({ content: `l${index}` })
    expect(contents(await reader.feeds.feed({}))).toEqual(['r1'])
    await reader.follows.create({ followee: quiet.handle })
    await reader.follows.create({ followee: loud.bot.id })
    expect(contents(await reader.feeds.feed({ feed: 'home' }))).toEqual([
      'l4',
      'l3',
      'l2',
      'l1',
      'l0',
      'r1',
      'q1',
    ])
    expect((await walk('/posts/feed?limit=2', reader.token)).map((post) => post.content)).toEqual([
      ...['l4', 'l3', 'l2', 'l1', 'l0', 'r1', 'q1'],
    ])
    await reader.follows.remove({ bot: loud.handle })
    expect(contents(await reader.feeds.feed({}))).toEqual(['r1', 'q1'])
  })

  test('equals a sorted scan over many followed bots, on every page', async () => {
    const reader = await newBot(server)
    const followed: TestBot[] = []
    for (let index = 0; index < 12; index++) followed.push(await newBot(server))
    for (const bot of followed) await reader.follows.create({ followee: bot.handle })
    for (let index = 0; index < 60; index++) {
      const author = followed[(index * index + index * 7) % followed.length]
      await author?.posts.create({ content: `h${index}` })
    }
    const { rows } = await server.pool.query(
      `select id from posts where bot_id in (select followee_bot_id from follows where follower_bot_id = $1)
       order by id desc`,
      [reader.bot.id],
    )
    const seen = await walk('/posts/feed?limit=7', reader.token)
    expect(seen.map((post) => post.id)).toEqual(rows.map((row) => row.id))
  })
})

describe('what a human reads of a bot', () => {
  test('is its home and what is said to it', async () => {
    const dora = await newBot(server, 'dora')
    await dora.follows.create({ followee: 'ada' })
    await ada.posts.create({ content: 'for whoever follows' })
    await bob.posts.create({ content: 'for @dora alone' })
    const home = await server.human.feeds.feed({ feed: 'home', of: 'dora', limit: '1' })
    expect(contents(home)).toEqual(['for whoever follows'])
    const { human } = server
    expect(contents(await human.feeds.feed({ feed: 'mentions', of: 'dora' }))).toEqual(['for @dora alone'])
    expect(contents(await dora.feeds.feed({ feed: 'mentions' }))).toEqual(['for @dora alone'])
    const mentioned = await walk('/posts/feed?feed=mentions&limit=1', dora.token)
    expect(mentioned.map(({ content }) => content)).toEqual(['for @dora alone'])
  })

  test('is asked for by name, and by nobody else', async () => {
    const human = { token: ADMIN_TOKEN }
    const nameless = await server.request('GET', '/posts/feed?feed=mentions', human)
    expect([nameless.status, nameless.body.errors]).toMatchObject([422, [{ loc: ['query', 'of'] }]])
    expect((await server.request('GET', '/posts/feed?feed=home&of=nobody', human)).status).toBe(404)
    const foreign = await server.request('GET', '/posts/feed?feed=mentions&of=bob', { token: ada.token })
    expect(foreign.status).toBe(403)
    expect((await server.request('GET', '/posts/feed?feed=home&of=bob')).status).toBe(401)
  })
})

describe('other lists', () => {
  test('posts of a bot, with a tag, reposts of a post', async () => {
    const eve = await newBot(server)
    const post = await eve.posts.create({ content: 'on #Sourdough' })
    const reply = await eve.posts.create({ content: 'more #sourdough', parent_id: post.id })
    await ada.posts.repost({ id: post.id })
    await bob.posts.repost({ id: post.id, content: 'look' })
    expect(contents(await server.human.feeds.ofBot({ bot: eve.handle }))).toEqual([
      reply.content,
      post.content,
    ])
    expect(contents(await server.human.feeds.ofBot({ bot: eve.handle, exclude_replies: '1' }))).toEqual([
      post.content,
    ])
    for (const tag of ['sourdough', '#SOURDOUGH', '＃sourdough']) {
      expect(contents(await server.human.feeds.ofTag({ tag }))).toEqual([reply.content, post.content])
    }
    expect(contents(await server.human.posts.reposts({ id: post.id }))).toEqual(['look', ''])
    expect((await server.human.feeds.ofTag({ tag: 'nobody-used-this' })).items).toEqual([])
  })

  test('what a bot answers and what it likes, page by page', async () => {
    const [fan, writer] = [await newBot(server), await newBot(server)]
    const posts: Post[] = []
    for (const content of ['one', 'two', 'three']) posts.push(await writer.posts.create({ content }))
    await fan.posts.create({ content: 'by itself' })
    for (const [index, post] of posts.entries()) {
      await fan.posts.create({ content: `answer ${index}`, parent_id: post.id })
    }
    // Not in the order in which they were written.
    for (const index of [1, 2, 0]) await fan.posts.like({ id: posts[index]?.id ?? '' })
    const replies = await walk(`/bots/${fan.handle}/replies?limit=2`)
    expect(replies.map(({ content }) => content)).toEqual(['answer 2', 'answer 1', 'answer 0'])
    const likes = await walk(`/bots/${fan.handle}/likes?limit=2`)
    expect(likes.map(({ content }) => content)).toEqual(['one', 'three', 'two'])
    expect((await server.request('GET', `/bots/${writer.handle}/replies`)).body.items).toEqual([])
  })

  test('what is out of sight or deleted is liked by nobody', async () => {
    const fan = await newBot(server)
    const hidden = await ada.posts.create({ content: 'to be hidden' })
    const gone = await ada.posts.create({ content: 'to be deleted' })
    for (const { id } of [hidden, gone]) await fan.posts.like({ id })
    await server.human.moderation.hide({ id: hidden.id })
    await ada.posts.remove({ id: gone.id })
    expect((await server.request('GET', `/bots/${fan.handle}/likes`)).body.items).toEqual([])
    expect(contents(await server.human.feeds.likedBy({ bot: fan.handle }))).toEqual(['to be hidden'])
  })

  test('followers and following, newest first', async () => {
    const star = await newBot(server)
    for (const fan of [ada, bob, carol]) await fan.follows.create({ followee: star.handle })
    const first = await server.human.follows.followers({ bot: star.handle, limit: '2' })
    const second = await server.human.follows.followers({ bot: star.handle, cursor: first.next_cursor ?? '' })
    expect([...first.items, ...second.items].map((bot) => bot.handle)).toEqual(['carol', 'bob', 'ada'])
    expect((await server.human.follows.following({ bot: 'ada' })).items.map((bot) => bot.handle)).toContain(
      star.handle,
    )
    expect(await server.human.bots.get({ bot: star.handle })).toMatchObject({ follower_count: 3 })
  })

  test('bots by newest, handle, followers and prefix', async () => {
    for (const handle of ['zeta_one', 'zeta_two', 'zeta_three']) await newBot(server, handle)
    const found = await server.human.bots.list({ q: '@Zeta', limit: '2' })
    const rest = await server.human.bots.list({ q: 'zeta', limit: '2', cursor: found.next_cursor ?? '' })
    expect([...found.items, ...rest.items].map((bot) => bot.handle)).toEqual([
      'zeta_one',
      'zeta_three',
      'zeta_two',
    ])
    const newest = await server.human.bots.list({ limit: '1' })
    expect(newest.items[0]?.handle).toBe('zeta_three')
    const counts: number[] = []
    for (let cursor: string | undefined; ;) {
      const page = await server.human.bots.list({ sort: 'followers', limit: '4', ...(cursor && { cursor }) })
      counts.push(...page.items.map((bot) => bot.follower_count))
      if (page.next_cursor === null) break
      cursor = page.next_cursor
    }
    expect(counts).toEqual([...counts].sort((a, b) => b - a))
    const { rows } = await server.pool.query('select count(*)::int as count from bots')
    expect(counts.length).toBe(rows[0].count)
  })
})

describe('a GET', () => {
  test('has an ETag that spares the body', async () => {
    const first = await server.request('GET', '/bots/ada')
    const etag = first.headers.get('etag') ?? ''
    const again = await server.request('GET', '/bots/ada', {
      headers: { 'if-none-match': `"other", W/${etag}` },
    })
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, undefined, etag])
    await ada.posts.create({ content: 'something new' })
    expect((await server.request('GET', '/bots/ada', { headers: { 'if-none-match': etag } })).status).toBe(
      200,
    )
  })
})
