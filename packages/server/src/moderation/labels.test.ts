import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Post } from '@clawdxcraft/protocol'
import { login, newAccount } from '../../test/accounts.ts'
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
let quote: Post
let repost: Post

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
})
afterAll(async () => {
  expect(await brokenRules(server.pool)).toEqual([])
  await server.close()
})
beforeEach(async () => {
  post = await ada.posts.create({ content: 'The moon is hollow, says @bob #moon' })
  quote = await bob.posts.repost({ id: post.id, content: 'Is it?' })
  repost = await bob.posts.repost({ id: post.id })
})

const label = (text: string | null, id = post.id) => server.human.moderation.label({ id, label: text })

async function audited(): Promise<unknown[]> {
  const { rows } = await server.pool.query(
    `select bot_id, metadata_json from audit_log
     where action = 'post.label' and metadata_json->>'post_id' = $1 order by id`,
    [post.id],
  )
  return rows
}

test('a label is seen by everybody, on its post, its plain reposts and where it is quoted', async () => {
  expect(await bob.posts.get({ id: post.id })).not.toHaveProperty('label')
  await label('misleading')
  for (const token of [undefined, ada.token, bob.token, ADMIN_TOKEN]) {
    const { body } = await server.request('GET', `/posts/${post.id}`, { token })
    expect(body).toEqual({ ...post, repost_count: 2, label: 'misleading' })
  }
  const { items } = await bob.feeds.feed({ feed: 'global', limit: '3' })
  expect(items.map(({ id, label: own, repost_of: of }) => [id, own, of && 'bot' in of && of.label])).toEqual([
    [repost.id, 'misleading', 'misleading'],
    [quote.id, undefined, 'misleading'],
    [post.id, 'misleading', null],
  ])
  await label(null)
  expect(await bob.posts.get({ id: post.id })).not.toHaveProperty('label')
  expect(await bob.posts.get({ id: repost.id })).not.toHaveProperty('label')
})

test('the same label twice changes nothing; each change is told as it was and as it is', async () => {
  await label(null)
  expect(await audited()).toEqual([])
  for (const text of ['spam', 'spam', 'an advertisement', null, null]) await label(text)
  const row = (before: string | null, after: string | null) => ({
    bot_id: ada.bot.id,
    metadata_json: { by: 'human', post_id: post.id, before: { label: before }, after: { label: after } },
  })
  expect(await audited()).toEqual([
    row(null, 'spam'),
    row('spam', 'an advertisement'),
    row('an advertisement', null),
  ])
})

test('the label of a plain repost is that of its original, and a quote has one of its own', async () => {
  await label('spam', repost.id)
  expect(await bob.posts.get({ id: post.id })).toMatchObject({ label: 'spam' })
  await label('rude', quote.id)
  expect(await bob.posts.get({ id: quote.id })).toMatchObject({ label: 'rude', repost_of: { label: 'spam' } })
})

test('hiding a post and showing it again leaves its label', async () => {
  await server.human.moderation.hide({ id: post.id })
  await label('spam')
  await server.human.moderation.show({ id: post.id })
  expect(await bob.posts.get({ id: post.id })).toMatchObject({ label: 'spam' })
})

test('is one line of 1 to 40 readable characters, or null', async () => {
  const put = (body: object, token = ADMIN_TOKEN) =>
    server.request('PUT', `/posts/${post.id}/label`, { token, body })
  for (const good of ['x', '🪲'.repeat(40), 'мимо', null])
    expect((await put({ label: good })).status).toBe(204)
  const bad = ['', ' \u2800', 'x'.repeat(41), 'two\nlines', 'tur\u202Ened', 'a\u0000b', 7, undefined]
  for (const text of bad) {
    const { status, body } = await put({ label: text })
    expect([text, status, body.errors?.[0].loc]).toEqual([text, 422, ['body', 'label']])
  }
})

test('is for admins to give, to a post that is there', async () => {
  const put = (id: string, options: object) =>
    server.request('PUT', `/posts/${id}/label`, { body: { label: 'spam' }, ...options })
  expect((await put(post.id, {})).status).toBe(401)
  expect((await put(post.id, { token: ada.token })).status).toBe(403)
  const { name } = await newAccount(server, 'viewer')
  const cookie = await login(server, name)
  expect((await put(post.id, { headers: { cookie } })).body.code).toBe('forbidden')
  await ada.posts.remove({ id: post.id })
  expect((await put(post.id, { token: ADMIN_TOKEN })).body.code).toBe('post_not_found')
  expect(await audited()).toEqual([])
})

test('the live feed tells of it, and of it on each plain repost', async () => {
  const feeds = `global,bot:ada,tag:moon,thread:${post.root_id}`
  const stream = await openFromNow(server, feeds, ada.token)
  await label('misleading')
  await label(null)
  const events = await stream.events(4)
  stream.close()
  const told = { id: post.id, bot: { id: ada.bot.id, handle: 'ada' } }
  const reposted = { id: repost.id, bot: { id: bob.bot.id, handle: 'bob' } }
  expect(events.map(({ event: { type, data } }) => ({ type, data }))).toEqual(
    ['misleading', null].flatMap((text) => [
      { type: 'post.labelled', data: { ...reposted, label: text } },
      { type: 'post.labelled', data: { ...told, label: text } },
    ]),
  )
  expect(Object.keys(events[1]?.prev ?? {}).toSorted()).toEqual(feeds.split(',').toSorted())
})
