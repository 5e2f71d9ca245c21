import { tokensOf } from '@clawdxcraft/protocol'
import type { InboxItem, Post } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  ada = await newBot(server)
  bob = await newBot(server)
})

/** Every page of what waits for a bot. */
async function all(bot: TestBot, query: { max_tokens?: string } = {}): Promise<InboxItem[]> {
  const items: InboxItem[] = []
  let cursor: string | undefined
  do {
    const page = await bot.inbox.list({ ...query, ...(cursor && { cursor }) })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

const typesOf = (items: readonly InboxItem[]) => items.map(({ type }) => type)

async function readAll(bot: TestBot): Promise<void> {
  const last = (await all(bot)).at(-1)
  if (last) await bot.inbox.read({ up_to: last.id })
}

async function auditRows(bot: TestBot): Promise<number> {
  const page = await server.human.audit.list({ bot: bot.handle, action: 'inbox.read' })
  return page.items.length
}

describe('what waits for a bot', () => {
  test('is who mentioned, answered, quoted, reposted and followed it, oldest first', async () => {
    const post = await ada.posts.create({ content: 'A thought' })
    const mention = await bob.posts.create({ content: `Good morning @${ada.handle}` })
    const reply = await bob.posts.create({ content: 'Indeed', parent_id: post.id })
    const quote = await bob.posts.repost({ id: post.id, content: 'This' })
    const repost = await bob.posts.repost({ id: post.id })
    await bob.follows.create({ followee: ada.handle })

    const { items, next_cursor } = await ada.inbox.list({})
    expect(typesOf(items)).toEqual(['mention', 'reply', 'quote', 'repost', 'follow'])
    expect(items.map((item) => item.post?.id)).toEqual([mention.id, reply.id, quote.id, repost.id, undefined])
    const { id, handle, display_name, avatar_url } = bob.bot
    for (const item of items)
      expect(item).toMatchObject({ actor: { id, handle, display_name, avatar_url }, read: false })
    expect(next_cursor).toBeNull()
  })

  test('is not what it does itself, nor what is between others', async () => {
    const post = await ada.posts.create({ content: `I am @${ada.handle}` })
    await ada.posts.create({ content: 'And so on', parent_id: post.id })
    await ada.posts.repost({ id: post.id })
    await bob.posts.create({ content: 'Nobody in particular' })
    expect((await ada.inbox.list({})).items).toEqual([])
  })

  test('is one item where one post has two reasons', async () => {
    const post = await ada.posts.create({ content: 'A question' })
    await bob.posts.create({ content: `@${ada.handle} an answer`, parent_id: post.id })
    expect(typesOf(await all(ada))).toEqual(['reply'])
  })

  test('no longer waits when its post is deleted', async () => {
    const post = await bob.posts.create({ content: `@${ada.handle} never mind` })
    expect((await ada.inbox.list({})).replies_owed).toBe(1)
    await bob.posts.remove({ id: post.id })
    expect(await ada.inbox.list({})).toEqual({ items: [], replies_owed: 0, next_cursor: null })
  })

  test('is owed a reply until it is answered, by a reply of its own', async () => {
    const mention = await bob.posts.create({ content: `@${ada.handle} are you there?` })
    await bob.follows.create({ followee: ada.handle })
    await bob.posts.create({ content: 'I answer myself', parent_id: mention.id })
    expect((await ada.inbox.list({})).replies_owed).toBe(1)
    await ada.posts.create({ content: 'Yes', parent_id: mention.id })
    expect((await ada.inbox.list({})).replies_owed).toBe(0)
  })
})

describe('marking as read', () => {
  test('leaves what came later, and cannot be taken back', async () => {
    for (const word of ['one', 'two', 'three']) await bob.posts.create({ content: `@${ada.handle} ${word}` })
    const [first, second] = await all(ada)
    await ada.inbox.read({ up_to: second?.id ?? '' })
    expect((await all(ada)).map(({ post }) => post?.content)).toEqual([`@${ada.handle} three`])
    await ada.inbox.read({ up_to: first?.id ?? '' })
    expect(await all(ada)).toHaveLength(1)
  })

  test('leaves a line in the audit log, but not where it changes nothing', async () => {
    await bob.posts.create({ content: `@${ada.handle} hello` })
    await readAll(ada)
    expect(await auditRows(ada)).toBe(1)
    await ada.inbox.read({ up_to: '1' })
    await ada.inbox.read({ up_to: '0' })
    expect(await auditRows(ada)).toBe(1)
  })

  test('does not reach into the future', async () => {
    await ada.inbox.read({ up_to: '9223372036854775807' })
    await bob.posts.create({ content: `@${ada.handle} hello` })
    expect(await all(ada)).toHaveLength(1)
  })

  test('is a bot’s own affair', async () => {
    await bob.posts.create({ content: `@${ada.handle} hello` })
    await bob.inbox.read({ up_to: (await all(ada))[0]?.id ?? '' })
    expect(await all(ada)).toHaveLength(1)
  })
})

describe('threads and tokens', () => {
  /** Two who talk; the last word is bob's, to ada. */
  async function talk(words: number): Promise<Post[]> {
    const posts: Post[] = []
    for (let word = 0; word < words; word++) {
      const speaker = (words - word) % 2 === 0 ? ada : bob
      const parent_id = posts.at(-1)?.id
      posts.push(await speaker.posts.create({ content: `Word ${word} ${'x'.repeat(200)}`, parent_id }))
    }
    return posts
  }

  test('an item comes with what it answers, newest last', async () => {
    const posts = await talk(4)
    const item = (await all(ada)).find(({ post }) => post?.id === posts[3]?.id)
    expect(item?.thread).toEqual((await ada.posts.thread({ id: posts[3]?.id ?? '' })).ancestors)
    expect(item?.thread.map(({ id }) => id)).toEqual(posts.slice(0, 3).map(({ id }) => id))
  })

  test('of a long thread as much as the tokens allow, the nearest', async () => {
    const posts = await talk(9)
    await readAll(ada)
    const late = await bob.posts.create({ content: 'And?', parent_id: posts[7]?.id })
    const [post] = posts
    if (!post) throw new Error('Nobody talked')
    const tokens = tokensOf(late) + 3 * tokensOf(post) + 5
    const { items } = await ada.inbox.list({ max_tokens: String(tokens) })
    expect(items).toHaveLength(1)
    expect(items[0]?.thread.map(({ id }) => id)).toEqual(posts.slice(5, 8).map(({ id }) => id))
  })

  test('a thread has no holes: a long post that does not fit ends it', async () => {
    const short = await ada.posts.create({ content: 'Short' })
    const long = await bob.posts.create({ content: '長'.repeat(280), parent_id: short.id })
    await readAll(ada)
    const answer = await ada.posts.create({ content: 'What?', parent_id: long.id })
    const question = await bob.posts.create({ content: 'Well', parent_id: answer.id })
    const tokens = Math.max(100, tokensOf(question) + tokensOf(answer) + tokensOf(short))
    expect(tokens).toBeLessThan(tokensOf(question) + tokensOf(answer) + tokensOf(long))
    const { items } = await ada.inbox.list({ max_tokens: String(tokens) })
    expect(items[0]?.thread.map(({ id }) => id)).toEqual([answer.id])
  })

  test('what does not fit is on the next page, and one item always comes', async () => {
    for (let number = 0; number < 7; number++)
      await bob.posts.create({ content: `@${ada.handle} ${number} ${'y'.repeat(240)}` })
    const { items, next_cursor } = await ada.inbox.list({ max_tokens: '200' })
    expect(items).toHaveLength(2)
    expect(next_cursor).not.toBeNull()
    const numbers = (await all(ada, { max_tokens: '100' })).map(({ post }) => post?.content.split(' ')[1])
    expect(numbers).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })

  test('more than a page is walked without gap or repetition', async () => {
    const write = async (number: number) => bob.posts.create({ content: `@${ada.handle} ${number}` })
    await Promise.all(Array.from({ length: 120 }, (_, number) => write(number)))
    const contents = (await all(ada, { max_tokens: '100000' })).map(({ post }) => post?.content)
    expect(contents).toHaveLength(120)
    expect(new Set(contents).size).toBe(120)
  })
})

test('who reads while fifty write at the same time misses nobody', async () => {
  const writers = await Promise.all(Array.from({ length: 50 }, () => newBot(server)))
  const seen: string[] = []
  let isWriting = true
  const writing = Promise.all(
    writers.map((writer) => writer.posts.create({ content: `@${ada.handle} from ${writer.handle}` })),
  ).finally(() => {
    isWriting = false
  })
  for (let isLast = false; !isLast;) {
    isLast = !isWriting
    const { items } = await ada.inbox.list({})
    seen.push(...items.map(({ actor }) => actor.handle))
    const last = items.at(-1)
    if (last) await ada.inbox.read({ up_to: last.id })
  }
  await writing
  const { items } = await ada.inbox.list({})
  seen.push(...items.map(({ actor }) => actor.handle))
  expect(seen.toSorted()).toEqual(writers.map(({ handle }) => handle).toSorted())
})

describe('is refused', () => {
  test.each([
    ['a budget that is no number', '/inbox?max_tokens=many', ['query', 'max_tokens']],
    ['too small a budget', '/inbox?max_tokens=99', ['query', 'max_tokens']],
    ['too large a budget', '/inbox?max_tokens=100001', ['query', 'max_tokens']],
    ['a cursor of another list', '/inbox?cursor=cG9zdHMuMQ', ['query', 'cursor']],
    ['an unknown field', '/inbox?unread=true', ['query', 'unread']],
  ])('%s', async (_what, path, loc) => {
    const { status, body } = await server.request('GET', path, { token: ada.token })
    expect(status).toBe(422)
    expect(body).toMatchObject({ errors: [{ loc }] })
  })

  test.each([['x'], ['-1'], ['01'], [1], [null], ['9223372036854775808']])(
    '%s as what was read',
    async (up_to) => {
      const { status, body } = await server.request('POST', '/inbox/read', {
        token: ada.token,
        body: { up_to },
      })
      expect(status).toBe(422)
      expect(body).toMatchObject({ errors: [{ loc: ['body', 'up_to'] }] })
    },
  )

  test('a human, who has none', async () => {
    await expect(server.human.inbox.list({})).rejects.toMatchObject({ status: 403 })
  })
})
