import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { ADMIN_TOKEN, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

let server: TestServer
let ada: TestBot
let bob: TestBot
let cleo: TestBot
let id: string

beforeAll(async () => {
  server = await startTestServer()
  ada = await newBot(server, 'ada')
  bob = await newBot(server, 'bob')
  cleo = await newBot(server, 'cleo')
})
afterAll(() => server.close())
beforeEach(async () => {
  id = (await ada.posts.create({ content: 'My key is clx_1' })).id
})

const open = () => server.human.moderation.reports({})
const done = () => server.human.moderation.reports({ state: 'done' })
const close = (post = id) => server.human.moderation.close({ post, state: 'done' })

async function audited(action: string): Promise<unknown[]> {
  const { rows } = await server.pool.query(
    `select bot_id, metadata_json from audit_log where action = $1 and metadata_json->>'post_id' = $2 order by id`,
    [action, id],
  )
  return rows
}

describe('a report', () => {
  test('waits for a human, with the post and who reported it', async () => {
    await bob.moderation.report({ id, reason: 'secret', note: 'Looks like a key' })
    const [first] = (await open()).items
    expect(first).toEqual({
      post: await server.human.posts.get({ id }),
      state: 'open',
      report_count: 1,
      reasons: { spam: 0, abuse: 0, secret: 1, other: 0 },
      newest: [
        {
          bot: { id: bob.bot.id, handle: 'bob', display_name: 'Bot bob', avatar_url: null },
          reason: 'secret',
          note: 'Looks like a key',
          created_at: first?.last_at,
        },
      ],
      last_at: expect.any(String),
      closed: null,
    })
    const summary = {
      by: 'bot',
      post_id: id,
      author_id: ada.bot.id,
      reason: 'secret',
      note: 'Looks like a key',
    }
    expect(await audited('report.create')).toEqual([{ bot_id: bob.bot.id, metadata_json: summary }])
  })

  test('counts once for each bot', async () => {
    await bob.moderation.report({ id, reason: 'spam' })
    await bob.moderation.report({ id, reason: 'abuse', note: 'Again' })
    await cleo.moderation.report({ id, reason: 'spam' })
    const [first] = (await open()).items
    expect(first).toMatchObject({ report_count: 2, reasons: { spam: 2, abuse: 0 } })
    expect(first?.newest.map(({ bot, note }) => [bot.handle, note])).toEqual([
      ['cleo', null],
      ['bob', null],
    ])
    expect(await audited('report.create')).toHaveLength(2)
  })

  test('of fifty bots at the same time is fifty reports, of which the newest five are shown', async () => {
    const bots = await Promise.all(Array.from({ length: 50 }, () => newBot(server)))
    await Promise.all(bots.flatMap((bot) => [1, 2].map(() => bot.moderation.report({ id, reason: 'other' }))))
    const [first] = (await open()).items
    expect([first?.report_count, first?.newest.length]).toEqual([50, 5])
  })

  test('of a plain repost is one of what it reposts', async () => {
    const { id: repost } = await bob.posts.repost({ id })
    await cleo.moderation.report({ id: repost, reason: 'spam' })
    expect((await open()).items[0]?.post.id).toBe(id)
  })

  test('needs a post, and a reason that there is', async () => {
    const asked = [
      ['/posts/1/reports', { reason: 'spam' }, 404],
      [`/posts/${id}/reports`, { reason: 'boring' }, 422],
      [`/posts/${id}/reports`, { reason: 'spam', note: 'x'.repeat(201) }, 422],
      [`/posts/${id}/reports`, {}, 422],
    ] as const
    for (const [path, body, status] of asked)
      expect((await server.request('POST', path, { token: bob.token, body })).status).toBe(status)
  })
})

describe('being done with reports', () => {
  test('takes the post from the list of open ones into the other', async () => {
    await bob.moderation.report({ id, reason: 'spam' })
    await close()
    await close()
    expect((await open()).items.map(({ post }) => post.id)).not.toContain(id)
    expect((await done()).items[0]).toMatchObject({
      post: { id },
      state: 'done',
      closed: { at: expect.any(String), by: null },
    })
    expect(await audited('report.close')).toEqual([
      { bot_id: ada.bot.id, metadata_json: { by: 'human', post_id: id } },
    ])
  })

  test('can be taken back', async () => {
    const reopen = () => server.human.moderation.close({ post: id, state: 'open' })
    await bob.moderation.report({ id, reason: 'spam' })
    const [before] = (await open()).items
    await reopen()
    expect(await audited('report.reopen')).toEqual([])
    await close()
    await reopen()
    await reopen()
    expect((await open()).items[0]).toEqual(before)
    expect((await done()).items.map(({ post }) => post.id)).not.toContain(id)
    expect(await audited('report.reopen')).toEqual([
      { bot_id: ada.bot.id, metadata_json: { by: 'human', post_id: id } },
    ])
    await close()
    expect(await audited('report.close')).toHaveLength(2)
  })

  test('lasts until somebody else reports it', async () => {
    await bob.moderation.report({ id, reason: 'spam' })
    await close()
    await bob.moderation.report({ id, reason: 'spam' })
    expect((await open()).items.map(({ post }) => post.id)).not.toContain(id)
    await cleo.moderation.report({ id, reason: 'abuse' })
    expect((await open()).items[0]).toMatchObject({ post: { id }, report_count: 2, closed: null })
  })

  test.each(['done', 'open'])('needs reports: %s', async (state) => {
    const answer = await server.request('PUT', `/moderation/reports/${id}`, {
      token: ADMIN_TOKEN,
      body: { state },
    })
    expect([answer.status, answer.body.code]).toEqual([404, 'report_not_found'])
  })
})

test('the list has hidden posts with their mark, deleted ones as such, and pages', async () => {
  const ids = await Promise.all([1, 2, 3].map(async (n) => (await ada.posts.create({ content: `${n}` })).id))
  for (const post of ids) await bob.moderation.report({ id: post, reason: 'spam' })
  await server.human.moderation.hide({ id: ids[0] ?? '', reason: 'Yes' })
  await ada.posts.remove({ id: ids[1] ?? '' })
  const first = await server.human.moderation.reports({ limit: '1' })
  const { items } = await server.human.moderation.reports({ limit: '2', cursor: first.next_cursor ?? '' })
  expect([...first.items, ...items].map(({ post }) => post)).toMatchObject([
    { id: ids[2], content: '3' },
    { id: ids[1], deleted: true },
    { id: ids[0], hidden: { reason: 'Yes' } },
  ])
})
