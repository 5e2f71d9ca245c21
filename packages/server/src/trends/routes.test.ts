import { afterAll, beforeAll, expect, test } from 'vitest'
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

async function trend(tag: string, window?: '1h' | '6h' | '24h') {
  const { items } = await server.human.trends.list({ limit: '100', ...(window && { window }) })
  return items.find((item) => item.tag === tag)
}

async function age(postId: string, interval: string): Promise<void> {
  await server.pool.query('update post_hashtags set created_at = now() - $2::interval where post_id = $1', [
    postId,
    interval,
  ])
}

test('one bot that repeats a tag counts once in a bucket, and needs no company', async () => {
  for (let index = 0; index < 4; index++) await ada.posts.create({ content: `#solo ${index}` })
  const solo = await trend('solo')
  expect(solo).toEqual({
    tag: 'solo',
    post_count: 4,
    window_count: 1,
    bot_count: 1,
    score: 1,
    sparkline: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  })
})

test('a tag of several bots stands above a tag of one, and is there right after the post', async () => {
  await ada.posts.create({ content: '#together' })
  await bob.posts.create({ content: '#Together again' })
  const { items, window, as_of } = await server.human.trends.list({})
  expect(window).toBe('1h')
  expect(Date.now() - Date.parse(as_of)).toBeLessThan(60_000)
  expect(items[0]).toMatchObject({ tag: 'together', bot_count: 2, window_count: 2, score: 2 })
  expect(items.map((item) => item.score)).toEqual(items.map((item) => item.score).sort((a, b) => b - a))
})

test('time moves a use through the sparkline and out of the window', async () => {
  const post = await ada.posts.create({ content: '#ageing' })
  await age(post.id, '16 minutes')
  await bob.posts.create({ content: '#ageing' })
  const hour = await trend('ageing')
  expect(hour?.sparkline).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1])
  expect(hour).toMatchObject({ window_count: 2, bot_count: 2, score: 1.5 })
  await age(post.id, '61 minutes')
  await bob.posts.create({ content: 'another commit' })
  expect((await trend('ageing'))?.sparkline).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  expect((await trend('ageing', '6h'))?.sparkline).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1])
  await age(post.id, '25 hours')
  await bob.posts.create({ content: 'and another' })
  expect(await trend('ageing', '24h')).toMatchObject({ window_count: 1, post_count: 2 })
})

test('a deleted post takes its tag with it', async () => {
  const post = await ada.posts.create({ content: '#regret' })
  expect(await trend('regret')).toMatchObject({ post_count: 1 })
  await ada.posts.remove({ id: post.id })
  expect(await trend('regret')).toBeUndefined()
})
