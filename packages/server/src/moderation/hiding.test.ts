import type { Post } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openFromNow } from '../../test/event-stream.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { brokenRules } from '../../test/invariants.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot
let post: Post
let reply: Post
let deeper: Post
let quote: Post
let repost: Post

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
  await bob.follows.create({ followee: 'ada' })
})
afterAll(async () => {
  expect(await brokenRules(server.pool)).toEqual([])
  await server.close()
})

/** A post with everything that can hang on one; it is hidden in most of the tests. */
beforeEach(async () => {
  const root = await bob.posts.create({ content: 'What is up?' })
  post = await ada.posts.create({ content: 'Buy gibberellin @bob #offer', parent_id: root.id })
  reply = await bob.posts.create({ content: 'No', parent_id: post.id })
  deeper = await ada.posts.create({ content: 'Please', parent_id: reply.id })
  quote = await bob.posts.repost({ id: post.id, content: 'Look at that' })
  repost = await bob.posts.repost({ id: post.id })
})

const hide = (reason?: string) => server.human.moderation.hide({ id: post.id, ...(reason && { reason }) })
const show = () => server.human.moderation.show({ id: post.id })

async function statusOf(path: string, token?: string): Promise<number> {
  return (await server.request('GET', path, { token })).status
}

async function audited(): Promise<unknown[]> {
  const { rows } = await server.pool.query(
    `select action, bot_id, metadata_json from audit_log
     where action in ('post.hide', 'post.show') and metadata_json->>'post_id' = $1 order by id`,
    [post.id],
  )
  return rows
}

async function ids(path: string, token?: string): Promise<string[]> {
  const { status, body } = await server.request('GET', path, { token })
  expect(status).toBe(200)
  return body.items.map(({ id }: { id: string }) => id)
}

describe('a hidden post', () => {
  const lists: [string, () => string, (() => string)?][] = [
    ['the global feed', () => '/posts/feed?feed=global&limit=100'],
    ['posts of its bot', () => '/bots/ada/posts?limit=100'],
    ['posts with its tag', () => '/tags/offer/posts?limit=100'],
  ]

  test.each(lists)('is not in %s for bots and strangers, and is there for humans', async (_name, path) => {
    expect(await ids(path())).toContain(post.id)
    await hide('spam')
    for (const token of [undefined, ada.token, bob.token])
      expect(await ids(path(), token)).not.toContain(post.id)
    expect(await ids(path(), ADMIN_TOKEN)).toContain(post.id)
    await show()
    expect(await ids(path())).toContain(post.id)
  })

  test('is in no home feed, and its plain reposts are gone as well', async () => {
    expect(await ids('/posts/feed', bob.token)).toEqual(expect.arrayContaining([post.id, repost.id]))
    await hide()
    const home = await ids('/posts/feed', bob.token)
    expect(home).not.toContain(post.id)
    expect(home).not.toContain(repost.id)
    expect(home).toEqual(expect.arrayContaining([reply.id, deeper.id, quote.id]))
    expect(await ids('/posts/feed?feed=home&of=bob', ADMIN_TOKEN)).toContain(post.id)
    expect(await statusOf(`/posts/${repost.id}`, bob.token)).toBe(404)
  })

  test('is 404 to everyone but humans, who see that it is hidden, by whom and why', async () => {
    expect(await server.human.posts.get({ id: post.id })).not.toHaveProperty('hidden')
    await hide('Sells gibberellin')
    for (const suffix of ['', '/thread', '/likes', '/reposts']) {
      expect(await statusOf(`/posts/${post.id}${suffix}`)).toBe(404)
      expect(await statusOf(`/posts/${post.id}${suffix}`, ada.token)).toBe(404)
      expect(await statusOf(`/posts/${post.id}${suffix}`, ADMIN_TOKEN)).toBe(200)
    }
    const seen = await server.human.posts.get({ id: post.id })
    expect(seen).toMatchObject({ content: post.content, hashtags: ['offer'] })
    expect(seen.hidden).toEqual({ at: expect.any(String), by: null, reason: 'Sells gibberellin' })
    expect((await server.human.posts.get({ id: quote.id })).repost_of).toEqual({
      ...seen,
      repost_of: null,
    })
  })

  test('stands as a deleted one where it is a parent, an ancestor or quoted; what answers it stays', async () => {
    await hide()
    const gone = { id: post.id, deleted: true }
    expect((await bob.posts.get({ id: quote.id })).repost_of).toEqual(gone)
    const below = await bob.posts.thread({ id: deeper.id })
    expect(below.ancestors.map(({ id }) => id)).toEqual([post.root_id, post.id, reply.id])
    expect(below.ancestors[1]).toEqual(gone)
    const whole = await bob.posts.thread({ id: post.root_id })
    expect(whole.replies.items.map(({ id }) => id)).toEqual([reply.id, deeper.id])
    const forHumans = await server.human.posts.thread({ id: post.root_id })
    expect(forHumans.replies.items.map(({ id }) => id)).toEqual([post.id, reply.id, deeper.id])
    expect(forHumans.replies.items[0]?.hidden).toBeDefined()
  })

  test('is not answered, liked, quoted or reposted, and is its author’s no more', async () => {
    await hide()
    const deeds: [string, string, object?][] = [
      ['POST', '/posts', { content: 'x', parent_id: post.id }],
      ['PUT', `/posts/${post.id}/like`],
      ['POST', `/posts/${post.id}/repost`],
      ['POST', `/posts/${repost.id}/repost`, { content: 'x' }],
      ['DELETE', `/posts/${post.id}/repost`],
      ['DELETE', `/posts/${post.id}`],
      ['POST', `/posts/${post.id}/reports`, { reason: 'spam' }],
    ]
    for (const [method, path, body] of deeds) {
      const answer = await server.request(method, path, { token: ada.token, ...(body && { body }) })
      expect([path, answer.status]).toEqual([path, 404])
    }
  })

  test('takes no place on a page from those that are shown', async () => {
    const older = await ada.posts.create({ content: 'Nice #offer @bob', parent_id: post.root_id })
    const newer = await ada.posts.create({ content: 'Bad #offer @bob', parent_id: post.root_id })
    await hide()
    await server.human.moderation.hide({ id: newer.id })
    const feeds = ['global', 'home', 'mentions'].map((feed) => `/posts/feed?feed=${feed}&limit=1`)
    for (const path of [...feeds, '/bots/ada/posts?limit=1', '/tags/offer/posts?limit=1'])
      expect([path, await ids(path, bob.token)]).toEqual([path, [older.id]])
    const { replies } = await bob.posts.thread({ id: post.root_id, limit: '3' })
    expect(replies.items.map(({ id }) => id)).toEqual([reply.id, deeper.id, older.id])
  })

  test('is in no trend, and counts for none of its tags', async () => {
    const offer = async () =>
      (await server.human.trends.list({ limit: '100' })).items.find(({ tag }) => tag === 'offer')
        ?.post_count ?? 0
    const before = await offer()
    await hide()
    expect(await offer()).toBe(before - 1)
    expect((await bob.search.all({ q: '#offer' })).tags[0]?.post_count ?? 0).toBe(before - 1)
    await show()
    expect(await offer()).toBe(before)
  })

  test('waits in no inbox', async () => {
    const waiting = async () =>
      (await bob.inbox.list({ max_tokens: '100000' })).items.map((item) => item.post?.id)
    expect(await waiting()).toContain(post.id)
    const { replies_owed: owed } = await bob.inbox.list({})
    await hide()
    expect(await waiting()).not.toContain(post.id)
    const answered = (await bob.inbox.list({ max_tokens: '100000' })).items.find(
      (item) => item.post?.id === deeper.id,
    )
    expect(answered?.thread.map(({ id }) => id)).not.toContain(post.id)
    // It was answered before it was hidden.
    expect((await bob.inbox.list({})).replies_owed).toBe(owed)
    await show()
    expect(await waiting()).toContain(post.id)
  })

  test('is not found by words, not even by humans', async () => {
    const found = async () =>
      (await server.human.search.posts({ q: 'gibberellin from:ada', limit: '100' })).items
    expect((await found()).map(({ id }) => id)).toContain(post.id)
    await hide()
    expect((await found()).map(({ id }) => id)).not.toContain(post.id)
  })

  test('can be deleted by a human', async () => {
    await hide()
    await server.human.posts.remove({ id: post.id })
    expect(await statusOf(`/posts/${post.id}`, ADMIN_TOKEN)).toBe(404)
    expect(await ids('/moderation/hidden', ADMIN_TOKEN)).not.toContain(post.id)
    for (const method of ['PUT', 'DELETE']) {
      const answer = await server.request(method, `/posts/${post.id}/hidden`, { token: ADMIN_TOKEN })
      expect(answer.body.code).toBe('post_not_found')
    }
    expect(await brokenRules(server.pool)).toEqual([])
  })

  test('comes back as it was', async () => {
    const before = await bob.posts.thread({ id: post.root_id })
    await hide('Was a mistake')
    await show()
    expect(await bob.posts.thread({ id: post.root_id })).toEqual(before)
    expect(await statusOf(`/posts/${repost.id}`)).toBe(200)
  })
})

describe('hiding', () => {
  test('twice, or showing what is not hidden, changes nothing and leaves no trace', async () => {
    await show()
    expect(await audited()).toEqual([])
    await hide('spam')
    const first = await server.human.posts.get({ id: post.id })
    await hide('spam')
    expect(await server.human.posts.get({ id: post.id })).toEqual(first)
    await show()
    await show()
    const summary = { by: 'human', post_id: post.id }
    expect(await audited()).toEqual([
      { action: 'post.hide', bot_id: ada.bot.id, metadata_json: { ...summary, reason: 'spam' } },
      { action: 'post.show', bot_id: ada.bot.id, metadata_json: summary },
    ])
  })

  test('for another reason changes that alone', async () => {
    await hide('spam')
    const { hidden } = await server.human.posts.get({ id: post.id })
    await hide('a scam')
    expect((await server.human.posts.get({ id: post.id })).hidden).toEqual({ ...hidden, reason: 'a scam' })
    expect(await audited()).toHaveLength(2)
  })

  test('a plain repost hides what it reposts', async () => {
    await server.human.moderation.hide({ id: repost.id })
    expect(await statusOf(`/posts/${post.id}`)).toBe(404)
    await server.human.moderation.show({ id: repost.id })
    expect(await statusOf(`/posts/${post.id}`)).toBe(200)
  })

  test('is for humans', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const answer = await server.request(method, `/posts/${post.id}/hidden`, { token: ada.token })
      expect(answer.status).toBe(403)
    }
  })

  test.each([{ reason: 'x'.repeat(201) }, { reason: 7 }, { why: 'x' }])(
    'with %j is refused',
    async (body) => {
      const answer = await server.request('PUT', `/posts/${post.id}/hidden`, { token: ADMIN_TOKEN, body })
      expect([answer.status, answer.body.errors[0].loc[0]]).toEqual([422, 'body'])
    },
  )

  test('and answering at the same time never leaves an answer that came later', async () => {
    const answers = Array.from({ length: 10 }, (_, n) =>
      server.request('POST', '/posts', { token: bob.token, body: { content: `${n}`, parent_id: post.id } }),
    )
    const reposts = [server.request('POST', `/posts/${post.id}/repost`, { token: ada.token })]
    const all = await Promise.all([...answers, hide(), ...reposts])
    for (const answer of all) if (answer) expect([201, 404]).toContain(answer.status)
    expect(await brokenRules(server.pool)).toEqual([])
  })
})

test('humans list what is hidden, the newest first, in pages', async () => {
  const posts = await Promise.all([1, 2, 3].map((n) => ada.posts.create({ content: `Hide ${n}` })))
  for (const { id } of posts.toReversed()) await server.human.moderation.hide({ id })
  const first = await server.human.moderation.hidden({ limit: '2' })
  const second = await server.human.moderation.hidden({ limit: '1', cursor: first.next_cursor ?? '' })
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(posts.map(({ id }) => id))
  expect(first.items.every(({ hidden }) => hidden !== undefined)).toBe(true)
})

test('the live feed tells that a post was hidden and shown, and each of its plain reposts', async () => {
  const feeds = `global,bot:ada,tag:offer,thread:${post.root_id}`
  const stream = await openFromNow(server, feeds, ada.token)
  await hide('not for bots')
  await show()
  const events = await stream.events(4)
  stream.close()
  const told = { id: post.id, bot: { id: ada.bot.id, handle: 'ada' } }
  const reposted = { id: repost.id, bot: { id: bob.bot.id, handle: 'bob' } }
  expect(events.map(({ event: { type, data } }) => ({ type, data }))).toEqual([
    { type: 'post.hidden', data: reposted },
    { type: 'post.hidden', data: told },
    { type: 'post.shown', data: reposted },
    { type: 'post.shown', data: told },
  ])
  expect(Object.keys(events[1]?.prev ?? {}).toSorted()).toEqual(feeds.split(',').toSorted())
})

test('a human suspends a bot and lifts it again', async () => {
  const cleo = await newBot(server)
  await server.human.bots.update({ bot: cleo.handle, status: 'suspended' })
  expect((await cleo.posts.create({ content: 'x' }).catch((error) => error)).code).toBe('bot_not_active')
  expect(
    (await cleo.bots.update({ bot: cleo.handle, status: 'active' }).catch((error) => error)).status,
  ).toBe(403)
  await server.human.bots.update({ bot: cleo.handle, status: 'active' })
  expect(await cleo.posts.create({ content: 'x' })).toMatchObject({ content: 'x' })
})
