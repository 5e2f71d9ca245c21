import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { RequestOptions, TestServer } from '../../test/harness.ts'

const PATH = '/openclaw/events'

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

const sendAs = (token: string, body: unknown, options: RequestOptions = {}) =>
  server.request('POST', PATH, { token, body, ...options })
const postsOf = async (bot: TestBot) => (await bot.feeds.ofBot({ bot: bot.handle })).items
const contentsOf = async (bot: TestBot) => (await postsOf(bot)).map(({ content }) => content)

describe('an agent’s script', () => {
  test.each([
    ['an API key as bearer', () => ({ headers: { authorization: `Bearer ${ada.apiKey}` } })],
    ['an API key in its header', () => ({ headers: { 'x-api-key': ada.apiKey } })],
    ['a token', () => ({ token: ada.token })],
  ])('posts with %s', async (_what, options) => {
    const { status, body } = await server.request('POST', PATH, {
      ...options(),
      body: { action: 'post', content: 'Hello #world' },
    })
    expect(status).toBe(201)
    expect(body).toEqual(await ada.posts.get({ id: body.id }))
    expect(body).toMatchObject({ bot: { handle: ada.handle }, hashtags: ['world'] })
  })

  test('replies, reposts, quotes and follows', async () => {
    const post = await bob.posts.create({ content: 'A thought' })
    const deeds = [
      { action: 'reply', post_id: post.id, content: 'Indeed', event_id: null },
      { action: 'repost', post_id: post.id },
      { action: 'repost', post_id: post.id, content: 'This' },
      { action: 'follow', handle: `@${bob.handle}` },
    ]
    const bodies = []
    for (const deed of deeds) {
      const { status, body } = await sendAs(ada.apiKey, deed)
      expect(status).toBe(201)
      bodies.push(body)
    }
    expect(bodies).toMatchObject([
      { parent_id: post.id, content: 'Indeed' },
      { repost_of_id: post.id, content: '' },
      { repost_of_id: post.id, content: 'This' },
      { followee_bot_id: bob.bot.id },
    ])
    const again = await Promise.all([deeds[1], deeds[3]].map((deed) => sendAs(ada.apiKey, deed)))
    expect(again.map(({ status }) => status)).toEqual([200, 200])
  })

  test('answers an event once, whatever it says the second time', async () => {
    const post = await bob.posts.create({ content: `@${ada.handle}?` })
    const event_id = randomUUID()
    const answer = (content: string) =>
      sendAs(ada.apiKey, { action: 'reply', post_id: post.id, content, event_id })
    const first = await answer('Yes')
    const second = await answer('No')
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body).toEqual(first.body)
    expect(await contentsOf(ada)).toEqual(['Yes'])
    const other = await sendAs(bob.apiKey, { action: 'post', content: 'Mine', event_id })
    expect(other.status).toBe(201)
  })

  test('answers it once at fifty at the same time too', async () => {
    const event_id = randomUUID()
    const sent = Array.from({ length: 50 }, (_, number) =>
      sendAs(ada.apiKey, { action: 'post', content: `Answer ${number}`, event_id }),
    )
    const answers = await Promise.all(sent)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49)
    expect(await contentsOf(ada)).toHaveLength(1)
  })

  test('may use an Idempotency-Key instead', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const body = { action: 'post', content: 'Once' }
    await sendAs(ada.apiKey, body, { headers })
    const { headers: answered } = await sendAs(ada.apiKey, body, { headers })
    expect(answered.get('idempotent-replayed')).toBe('true')
    expect(await contentsOf(ada)).toEqual(['Once'])
  })
})

describe('an automation of OpenClaw', () => {
  const cron = (summary: unknown) => ({
    jobId: 'job',
    action_count: 3,
    status: 'ok',
    summary,
    usage: { total: 1 },
  })

  test('has its summary posted', async () => {
    const { status, body } = await sendAs(ada.apiKey, cron('Nine degrees and rain'))
    expect(status).toBe(201)
    expect(body.content).toBe('Nine degrees and rain')
  })

  test('cut to fit, by characters and not by halves of them', async () => {
    const { body } = await sendAs(ada.apiKey, cron('😀'.repeat(400)))
    expect(body.content).toBe(`${'😀'.repeat(279)}…`)
  })

  test('without what a post must not hold', async () => {
    const { body } = await sendAs(ada.apiKey, cron('one\ttwo\r\nthree\u0007'))
    expect(body.content).toBe('one two\nthree')
  })

  test.each(['NO_REPLY', ' HEARTBEAT_OK\n'])('and nothing where it says %j', async (summary) => {
    const { status, body } = await sendAs(ada.apiKey, cron(summary))
    expect({ status, body }).toEqual({ status: 200, body: { silent: true } })
    expect(await postsOf(ada)).toEqual([])
  })

  test.each([
    ['none', undefined],
    ['a number', 7],
    ['nothing that can be seen', '\u200B '],
    ['nothing', ''],
  ])('is refused with %s as its summary', async (_what, summary) => {
    const { status, body } = await sendAs(ada.apiKey, cron(summary))
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ loc: ['body', 'summary'] }])
  })
})

describe('a signed request', () => {
  async function signer(bot: TestBot) {
    const hook = await bot.webhooks.create({
      kind: 'standard',
      url: 'https://example.org/hook',
      events: ['mention'],
    })
    return { id: hook.id, secret: hook.secret ?? '' }
  }

  interface Message {
    readonly id?: string
    readonly at?: Date
    readonly sent?: string | Buffer
  }

  function signed(webhook: { id: string; secret: string }, body: unknown, message: Message = {}) {
    const text = JSON.stringify(body)
    const { id = `msg_${randomUUID()}`, at = new Date(), sent = text } = message
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(webhook.secret).sign(id, at, text),
    }
    return server.request('POST', `${PATH}?webhook=${webhook.id}`, { headers, body: sent })
  }

  const hello = { action: 'post', content: 'Hello' }

  test('is its bot’s', async () => {
    const { status, body } = await signed(await signer(ada), hello)
    expect(status).toBe(201)
    expect(body.bot.handle).toBe(ada.handle)
  })

  test('may be signed with the secret of before a rotation, while that is valid', async () => {
    const old = await signer(ada)
    const { secret } = await ada.webhooks.rotate({ id: old.id })
    expect((await signed(old, hello)).status).toBe(201)
    expect((await signed({ ...old, secret: secret ?? '' }, hello)).status).toBe(201)
    await ada.webhooks.rotate({ id: old.id, grace_seconds: 0 })
    expect((await signed(old, hello)).status).toBe(401)
    expect((await signed({ ...old, secret: secret ?? '' }, hello)).status).toBe(401)
  })

  test('fifty times at the same time has one effect', async () => {
    const webhook = await signer(ada)
    const message = { id: 'msg_replayed', at: new Date() }
    const answers = await Promise.all(Array.from({ length: 50 }, () => signed(webhook, hello, message)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(await postsOf(ada)).toHaveLength(1)
  })

  const minutes = (count: number) => new Date(Date.now() + count * 60_000)
  const reserialized = Buffer.from(JSON.stringify(hello, null, 1))

  test.each<[string, Message]>([
    ['six minutes ago', { at: minutes(-6) }],
    ['six minutes from now', { at: minutes(6) }],
    ['over another body', { sent: JSON.stringify({ ...hello, content: 'Hullo' }) }],
    ['over the same body, written otherwise', { sent: reserialized }],
  ])('%s is refused', async (_what, message) => {
    const { status, headers } = await signed(await signer(ada), hello, message)
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toContain('invalid_token')
    expect(await postsOf(ada)).toEqual([])
  })

  test('under an id that nobody would keep is refused', async () => {
    const webhook = await signer(ada)
    for (const id of ['x'.repeat(256), 'x'.repeat(4_000), 'with space'])
      expect((await signed(webhook, hello, { id })).status).toBe(401)
  })

  test('for a webhook whose secret cannot be read any more is refused', async () => {
    const webhook = await signer(ada)
    await server.pool.query(`update webhooks set secret = '\\x00' where id = $1`, [webhook.id])
    expect((await signed(webhook, hello)).status).toBe(401)
  })

  test('with another’s secret, for another webhook or without a signature is refused', async () => {
    const [mine, other] = [await signer(ada), await signer(bob)]
    const wrong = await Promise.all([
      signed({ ...mine, secret: other.secret }, hello),
      signed({ ...mine, id: other.id }, hello),
      signed({ ...mine, id: '1' }, hello),
      signed({ ...mine, id: 'x' }, hello),
      signed({ ...mine, id: `${mine.id}&webhook=${other.id}` }, hello),
      server.request('POST', `${PATH}?webhook=${mine.id}`, { body: hello }),
      // The token is not looked at.
      server.request('POST', `${PATH}?webhook=${mine.id}`, { body: hello, token: ada.token }),
    ])
    expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 401))
  })
})

describe('is refused', () => {
  test.each([
    [{ action: 'dance' }, [['body', 'action']]],
    [{ action: null }, [['body', 'action']]],
    [{ action: 'post' }, [['body', 'content']]],
    [{ action: 'post', content: 'x'.repeat(281) }, [['body', 'content']]],
    [{ action: 'post', content: 'x', post_id: '1' }, [['body', 'post_id']]],
    [
      { action: 'reply', event_id: 'with space' },
      [
        ['body', 'post_id'],
        ['body', 'content'],
        ['body', 'event_id'],
      ],
    ],
    [
      { action: 'repost', post_id: 'x', extra: 1 },
      [
        ['body', 'post_id'],
        ['body', 'extra'],
      ],
    ],
    [{ action: 'follow', handle: 7 }, [['body', 'handle']]],
    [[], [['body']]],
    ['x', [['body']]],
    [null, [['body']]],
  ])('%j', async (given, locs) => {
    const { status, body } = await server.request('POST', PATH, {
      token: ada.apiKey,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(given),
    })
    expect(status).toBe(422)
    expect(body.errors.map(({ loc }: { loc: string[] }) => loc)).toEqual(locs)
    expect(await postsOf(ada)).toEqual([])
  })

  test('what is nobody’s: a post, a bot, and oneself to follow', async () => {
    const nowhere = await sendAs(ada.apiKey, { action: 'reply', post_id: '1', content: 'Hello?' })
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'parent_not_found' } })
    const nobody = await sendAs(ada.apiKey, { action: 'follow', handle: 'nobody_here' })
    expect(nobody).toMatchObject({ status: 404, body: { code: 'bot_not_found' } })
    const oneself = await sendAs(ada.apiKey, { action: 'follow', handle: ada.handle })
    expect(oneself).toMatchObject({ status: 422, body: { errors: [{ loc: ['body', 'handle'] }] } })
  })

  test('a paused bot, a human, and nobody', async () => {
    await server.human.bots.update({ bot: ada.handle, status: 'paused' })
    const body = { action: 'post', content: 'Hello' }
    expect((await sendAs(ada.apiKey, body)).body.code).toBe('bot_not_active')
    expect((await sendAs('test-admin-token-0123456789', body)).status).toBe(403)
    expect((await server.request('POST', PATH, { body })).status).toBe(401)
  })
})
