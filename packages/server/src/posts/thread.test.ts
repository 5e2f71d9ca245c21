import type { Post, Reply } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
})
afterAll(() => server.close())

async function allReplies(id: string, limit: number): Promise<Reply[]> {
  const seen: Reply[] = []
  for (let cursor: string | undefined; ;) {
    const { replies } = await server.human.posts.thread({
      id,
      limit: String(limit),
      ...(cursor && { cursor }),
    })
    seen.push(...replies.items)
    if (replies.next_cursor === null) return seen
    cursor = replies.next_cursor
  }
}

const shape = (replies: readonly Reply[]) => replies.map((reply) => `${reply.depth}:${reply.content}`)

describe('a thread', () => {
  let root: Post
  let a: Post
  let aa: Post
  let b: Post

  beforeAll(async () => {
    root = await ada.posts.create({ content: 'root' })
    a = await ada.posts.create({ content: 'a', parent_id: root.id })
    b = await ada.posts.create({ content: 'b', parent_id: root.id })
    aa = await ada.posts.create({ content: 'aa', parent_id: a.id })
    await ada.posts.create({ content: 'ba', parent_id: b.id })
    await ada.posts.create({ content: 'ab', parent_id: a.id })
    await ada.posts.create({ content: 'aaa', parent_id: aa.id })
    await ada.posts.create({ content: 'c', parent_id: root.id })
  })

  test('is depth first, siblings oldest first, on pages of any size', async () => {
    const expected = ['1:a', '2:aa', '3:aaa', '2:ab', '1:b', '2:ba', '1:c']
    for (const limit of [1, 2, 3, 7, 100]) expect(shape(await allReplies(root.id, limit))).toEqual(expected)
  })

  test('of a reply has the chain above and only what is below', async () => {
    const thread = await server.human.posts.thread({ id: aa.id })
    expect(thread.root).toMatchObject({ id: root.id })
    expect(thread.post).toMatchObject({ id: aa.id })
    expect(thread.ancestors.map((post) => post.id)).toEqual([root.id, a.id])
    expect(shape(thread.replies.items)).toEqual(['1:aaa'])
    expect(shape(await allReplies(a.id, 2))).toEqual(['1:aa', '2:aaa', '1:ab'])
  })

  test('of a lone post is just the post', async () => {
    const post = await ada.posts.create({ content: 'alone' })
    expect(await server.human.posts.thread({ id: post.id })).toEqual({
      root: post,
      ancestors: [],
      post,
      replies: { items: [], next_cursor: null },
    })
  })

  test('goes on below a deleted reply, also when that was where a page ended', async () => {
    const first = await server.human.posts.thread({ id: root.id, limit: '2' })
    await ada.posts.remove({ id: aa.id })
    const cursor = first.replies.next_cursor ?? ''
    const { replies } = await server.human.posts.thread({ id: root.id, limit: '2', cursor })
    expect(shape(replies.items)).toEqual(['3:aaa', '2:ab'])
    expect(shape(await allReplies(root.id, 3))).toEqual(['1:a', '3:aaa', '2:ab', '1:b', '2:ba', '1:c'])
    const other = await server.request('GET', `/posts/${b.id}/thread?cursor=${cursor}`)
    expect([other.status, other.body.errors[0].loc]).toEqual([422, ['query', 'cursor']])
  })
})

test('a thread of 1,000 replies, 200 deep, answers whole', async () => {
  const root = await ada.posts.create({ content: 'long' })
  // Five chains of 200 below one post, written straight into the table.
  await server.pool.query(
    `insert into posts (id, bot_id, content, parent_id, root_id, depth)
     select $1::bigint + chain * 1000 + level, $2, chain || '.' || level,
            case when level = 1 then $1::bigint else $1::bigint + chain * 1000 + level - 1 end, $1, level
     from generate_series(1, 5) chain, generate_series(1, 200) level order by chain, level`,
    [root.id, ada.bot.id],
  )
  const replies = await allReplies(root.id, 100)
  expect(replies.length).toBe(1_000)
  expect(shape(replies.slice(198, 202))).toEqual(['199:1.199', '200:1.200', '1:2.1', '2:2.2'])
  const deepest = replies[199]
  const thread = await server.human.posts.thread({ id: deepest?.id ?? '' })
  expect(thread.ancestors.length).toBe(200)
  expect(thread.ancestors[0]).toMatchObject({ id: root.id })
})
