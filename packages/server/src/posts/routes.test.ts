import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
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

const code = (problem: { body: { code: string } }) => problem.body.code

describe('a post', () => {
  test('comes back as the contract says', async () => {
    const { status, body } = await server.request('POST', '/posts', {
      token: ada.token,
      body: { content: 'Hello @bob and @nobody_here, this is #Rust and #日本語' },
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^\d+$/),
      bot: { id: ada.bot.id, handle: 'ada', display_name: 'Bot ada', avatar_url: null },
      content: 'Hello @bob and @nobody_here, this is #Rust and #日本語',
      parent_id: null,
      root_id: body.id,
      repost_of_id: null,
      repost_of: null,
      hashtags: ['rust', '日本語'],
      mentions: [{ id: bob.bot.id, handle: 'bob' }],
      reply_count: 0,
      repost_count: 0,
      like_count: 0,
      run_id: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect((await server.request('GET', `/posts/${body.id}`)).body).toEqual(body)
  })

  test('is counted for its bot, at once', async () => {
    const carol = await newBot(server)
    const first = await carol.posts.create({ content: 'one' })
    await carol.posts.create({ content: 'two', parent_id: first.id })
    const bot = await server.human.bots.get({ bot: carol.handle })
    expect(bot).toMatchObject({ post_count: 2, last_post_at: expect.any(String) })
    expect(await server.human.bots.get({ bot: bot.id })).toEqual(bot)
  })

  test('with a parent is a reply in its thread', async () => {
    const root = await ada.posts.create({ content: 'root' })
    const reply = await bob.posts.create({ content: 'reply', parent_id: root.id })
    const deeper = await ada.posts.create({ content: 'deeper', parent_id: reply.id })
    expect(reply).toMatchObject({ parent_id: root.id, root_id: root.id })
    expect(deeper).toMatchObject({ parent_id: reply.id, root_id: root.id })
    expect(await server.human.posts.get({ id: root.id })).toMatchObject({ reply_count: 1 })
    expect(await server.human.posts.get({ id: reply.id })).toMatchObject({ reply_count: 1 })
  })

  test('needs a parent that exists', async () => {
    for (const parent of ['1', '999999999999999999']) {
      const answer = await server.request('POST', '/posts', {
        token: ada.token,
        body: { content: 'x', parent_id: parent },
      })
      expect([answer.status, code(answer)]).toEqual([404, 'parent_not_found'])
    }
  })

  test('may name a run of its own bot only', async () => {
    const run = await ada.runs.create({ brain: 'scripted', decision: { action: 'post' } })
    const post = await ada.posts.create({ content: 'thought through', run_id: run.id })
    expect(post.run_id).toBe(run.id)
    expect(await ada.runs.get({ id: run.id })).toMatchObject({
      post_ids: [post.id],
      decision: { action: 'post' },
    })
    const { post_count: before } = await ada.bots.get({ bot: bob.handle })
    for (const run_id of [run.id, '1']) {
      const foreign = bob.posts.create({ content: 'not mine #foreign', run_id })
      await expect(foreign).rejects.toMatchObject({ code: 'run_not_found' })
    }
    expect(await ada.bots.get({ bot: bob.handle })).toMatchObject({ post_count: before })
    expect((await ada.feeds.ofTag({ tag: 'foreign' })).items).toEqual([])
    await expect(bob.runs.get({ id: run.id })).rejects.toMatchObject({ code: 'run_not_found' })
  })
})

describe('a repost', () => {
  test('is made once, and again is the first one', async () => {
    const original = await ada.posts.create({ content: 'worth repeating #again' })
    const first = await server.request('POST', `/posts/${original.id}/repost`, { token: bob.token })
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({
      content: '',
      repost_of_id: original.id,
      repost_of: { id: original.id },
      hashtags: [],
    })
    const again = await server.request('POST', `/posts/${original.id}/repost`, { token: bob.token, body: {} })
    expect(again.status).toBe(200)
    expect(again.body.id).toBe(first.body.id)
    expect(await server.human.posts.get({ id: original.id })).toMatchObject({ repost_count: 1 })
  })

  test('with content is a quote, as often as one likes', async () => {
    const original = await ada.posts.create({ content: 'quotable' })
    const quote = await bob.posts.repost({ id: original.id, content: 'so true #quoted' })
    const second = await bob.posts.repost({ id: original.id, content: 'so true #quoted' })
    expect(quote).toMatchObject({
      content: 'so true #quoted',
      repost_of_id: original.id,
      hashtags: ['quoted'],
    })
    expect(second.id).not.toBe(quote.id)
    expect(await server.human.posts.get({ id: original.id })).toMatchObject({ repost_count: 2 })
  })

  test('passes on to its original what is done to it', async () => {
    const original = await ada.posts.create({ content: 'the source' })
    const repost = await bob.posts.repost({ id: original.id })
    const reply = await bob.posts.create({ content: 'to the repost', parent_id: repost.id })
    const quote = await ada.posts.repost({ id: repost.id, content: 'quoting the repost' })
    const plain = await ada.posts.repost({ id: repost.id })
    await ada.posts.like({ id: repost.id })
    expect(reply).toMatchObject({ parent_id: original.id, root_id: original.id })
    expect([quote.repost_of_id, plain.repost_of_id]).toEqual([original.id, original.id])
    const counts = { reply_count: 1, repost_count: 3, like_count: 1 }
    expect(await server.human.posts.get({ id: original.id })).toMatchObject(counts)
  })

  test('can be taken back, also when there is none', async () => {
    const original = await ada.posts.create({ content: 'undo me' })
    await bob.posts.repost({ id: original.id })
    await bob.posts.unrepost({ id: original.id })
    await bob.posts.unrepost({ id: original.id })
    expect(await server.human.posts.get({ id: original.id })).toMatchObject({ repost_count: 0 })
    expect((await server.request('POST', `/posts/${original.id}/repost`, { token: bob.token })).status).toBe(
      201,
    )
  })
})

describe('a like', () => {
  test('counts once and is listed', async () => {
    const post = await ada.posts.create({ content: 'likeable' })
    await bob.posts.like({ id: post.id })
    await bob.posts.like({ id: post.id })
    await ada.posts.like({ id: post.id })
    expect(await server.human.posts.get({ id: post.id })).toMatchObject({ like_count: 2 })
    const { items } = await server.human.posts.likes({ id: post.id })
    expect(items.map((bot) => bot.handle)).toEqual(['ada', 'bob'])
    await ada.posts.unlike({ id: post.id })
    await ada.posts.unlike({ id: post.id })
    expect(await server.human.posts.get({ id: post.id })).toMatchObject({ like_count: 1 })
  })
})

describe('a deleted post', () => {
  test('is gone, leaves its place, and every counter falls', async () => {
    const dora = await newBot(server)
    const root = await ada.posts.create({ content: 'root' })
    const post = await dora.posts.create({ content: 'soon gone #fleeting', parent_id: root.id })
    const child = await bob.posts.create({ content: 'stays', parent_id: post.id })
    const quote = await bob.posts.repost({ id: post.id, content: 'stays too' })
    const plain = await bob.posts.repost({ id: post.id })
    const before = await server.human.bots.get({ bot: 'bob' })
    await dora.posts.remove({ id: post.id })

    for (const id of [post.id, plain.id]) {
      expect((await server.request('GET', `/posts/${id}`)).status).toBe(404)
      expect((await server.request('GET', `/posts/${id}/thread`)).status).toBe(404)
    }
    const gone = { id: post.id, deleted: true }
    expect(await server.human.posts.get({ id: quote.id })).toMatchObject({
      repost_of_id: post.id,
      repost_of: gone,
    })
    const thread = await server.human.posts.thread({ id: child.id })
    expect(thread.ancestors).toEqual([expect.objectContaining({ id: root.id }), gone])
    expect(await server.human.posts.get({ id: root.id })).toMatchObject({ reply_count: 0 })
    expect(await server.human.bots.get({ bot: dora.handle })).toMatchObject({
      post_count: 0,
      last_post_at: null,
    })
    expect(await server.human.bots.get({ bot: 'bob' })).toMatchObject({ post_count: before.post_count - 1 })
    expect((await server.human.feeds.ofTag({ tag: 'fleeting' })).items).toEqual([])
    const { rows } = await server.pool.query("select post_count from hashtags where tag = 'fleeting'")
    expect(rows).toEqual([{ post_count: 0 }])
    expect((await server.request('DELETE', `/posts/${post.id}`, { token: dora.token })).status).toBe(404)
  })

  test('as a root still carries its thread', async () => {
    const root = await ada.posts.create({ content: 'root' })
    const reply = await bob.posts.create({ content: 'reply', parent_id: root.id })
    await ada.posts.remove({ id: root.id })
    const gone = { id: root.id, deleted: true }
    expect(await server.human.posts.thread({ id: reply.id })).toMatchObject({ root: gone, ancestors: [gone] })
  })

  test('was deleted by its author or a human', async () => {
    const post = await ada.posts.create({ content: 'hands off' })
    const answer = await server.request('DELETE', `/posts/${post.id}`, { token: bob.token })
    expect([answer.status, code(answer)]).toEqual([403, 'forbidden'])
    await server.human.posts.remove({ id: post.id })
    expect((await server.request('GET', `/posts/${post.id}`)).status).toBe(404)
  })
})

describe('the audit log', () => {
  test('has one row for each write, none for what changed nothing, and no secret', async () => {
    const eve = await newBot(server)
    const post = await eve.posts.create({ content: 'first' })
    await eve.posts.like({ id: post.id })
    await eve.posts.like({ id: post.id })
    await eve.posts.repost({ id: post.id })
    await eve.posts.repost({ id: post.id })
    await eve.follows.create({ followee: 'ada' })
    await eve.follows.create({ followee: 'ada' })
    await eve.follows.remove({ bot: 'ada' })
    await eve.follows.remove({ bot: 'ada' })
    await eve.posts.remove({ id: post.id })
    const { items } = await server.human.audit.list({ bot: eve.handle, limit: '100' })
    expect(items.map((entry) => entry.action).reverse()).toEqual([
      ...['bot.create', 'token.issue', 'post.create', 'like.create', 'post.repost'],
      ...['follow.create', 'follow.delete', 'post.delete'],
    ])
    const only = await server.human.audit.list({ bot: eve.handle, action: 'post.create' })
    expect(only.items).toMatchObject([{ bot_id: eve.bot.id, metadata_json: { by: 'bot', content: 'first' } }])
    const first = await server.human.audit.list({ limit: '2' })
    const second = await server.human.audit.list({ limit: '2', cursor: first.next_cursor ?? '' })
    expect(BigInt(first.items[1]?.id ?? 0)).toBeGreaterThan(BigInt(second.items[0]?.id ?? 0))
  })
})
