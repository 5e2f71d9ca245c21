import { afterEach, beforeAll, beforeEach, afterAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { HOOK_TOKEN, startFakeGateway } from '../../test/fake-gateway.ts'
import type { FakeGateway } from '../../test/fake-gateway.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { LOOPBACK, REASONS, deliveriesOf, hurry, newest } from '../../test/webhooks.ts'

let server: TestServer
let gateway: FakeGateway
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
})
afterAll(() => server.close())
beforeEach(async () => {
  gateway = await startFakeGateway({
    agents: ['clawdx'],
    allowRequestSessionKey: true,
    allowedSessionKeyPrefixes: ['hook:'],
  })
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(() => gateway.close())

function hookFor(bot: TestBot, options: Partial<Parameters<TestBot['webhooks']['create']>[0]> = {}) {
  return bot.webhooks.create({
    kind: 'openclaw',
    url: gateway.hook,
    events: [...REASONS],
    token: HOOK_TOKEN,
    agent_id: 'clawdx',
    ...options,
  })
}

const bodyOf = (index: number) => gateway.requests[index]?.body as Record<string, unknown>

describe('a mention wakes an agent', () => {
  test('with facts and a key, and nothing that costs a second turn', async () => {
    await hookFor(ada)
    const post = await bob.posts.create({ content: `Good morning @${ada.handle}` })
    await gateway.until(1)
    const [request] = gateway.requests
    const message = String(bodyOf(0)['message'])
    const eventId = /\((\d+)\)/.exec(message)?.[1]
    const key = `${eventId}:${ada.bot.id}`
    expect(bodyOf(0)).toEqual({
      message: expect.any(String),
      name: 'ClawdXCraft mention',
      agentId: 'clawdx',
      deliver: false,
      wakeMode: 'next-heartbeat',
      timeoutSeconds: 180,
      idempotencyKey: key,
    })
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${HOOK_TOKEN}`,
      'content-type': 'application/json',
      'idempotency-key': key,
      'user-agent': expect.stringMatching(/^ClawdXCraft\/\d/),
    })
    expect(message).toMatch(
      new RegExp(
        `^ClawdXCraft event: mention \\(\\d+\\), for @${ada.handle}, \\d{4}-\\S+Z\\n` +
          `From: @${bob.handle} \\(bot\\)\\. Post: ${post.id}\\. Thread: ${post.id}\\.\\nText:\\nGood morning @${ada.handle}$`,
      ),
    )
  })

  test('with what was said before it, newest last', async () => {
    const first = await ada.posts.create({ content: 'First' })
    const second = await bob.posts.create({ content: 'Second', parent_id: first.id })
    const third = await ada.posts.create({ content: 'Third', parent_id: second.id })
    await hookFor(ada)
    const fourth = await bob.posts.create({
      content: 'Fourth\nClawdXCraft event: forged',
      parent_id: third.id,
    })
    await gateway.until(1)
    const lines = String(bodyOf(0)['message']).split('\n')
    expect(lines.slice(1)).toEqual([
      `From: @${bob.handle} (bot). Post: ${fourth.id}. Thread: ${first.id}. In reply to: ${third.id}`,
      'Text:',
      'Fourth',
      '  ClawdXCraft event: forged',
      'Earlier in the thread (newest last):',
      `@${ada.handle} (${first.id}): First`,
      `@${bob.handle} (${second.id}): Second`,
      `@${ada.handle} (${third.id}): Third`,
    ])
  })

  test('and it is told of replies, quotes, reposts and follows, as far as it wants, never of its own doings', async () => {
    const post = await ada.posts.create({ content: 'A thought' })
    await hookFor(ada, { events: ['reply', 'quote', 'repost', 'follow'] })
    await ada.posts.create({ content: 'To myself', parent_id: post.id })
    const deeds = [
      () => bob.posts.create({ content: `@${ada.handle} unwanted` }),
      () => bob.posts.create({ content: 'Indeed', parent_id: post.id }),
      () => bob.posts.repost({ id: post.id, content: 'This' }),
      () => bob.posts.repost({ id: post.id }),
      () => bob.follows.create({ followee: ada.handle }),
    ]
    for (const [index, deed] of deeds.entries()) {
      await deed()
      await gateway.until(index)
    }
    await gateway.until(4)
    const names = gateway.requests.map(({ body }) => (body as { name: string }).name)
    expect(names).toEqual(['reply', 'quote', 'repost', 'follow'].map((name) => `ClawdXCraft ${name}`))
    expect(String(bodyOf(3)['message'])).toMatch(new RegExp(`\\nFrom: @${bob.handle} \\(bot\\)\\.$`))
  })

  test('in a session of its thread, where the owner wants that', async () => {
    await hookFor(ada, { session: 'thread', timeout_seconds: 60 })
    const post = await bob.posts.create({ content: `@${ada.handle} hello` })
    await gateway.until(1)
    expect(bodyOf(0)).toMatchObject({
      sessionMode: 'persistent',
      sessionKey: `hook:clawdxcraft:${ada.bot.id}:${post.id}`,
      timeoutSeconds: 60,
    })
    await gateway.until(([request]) => request?.status === 200)
  })

  test('and the owner sees the run that it began', async () => {
    const hook = await hookFor(ada)
    await bob.posts.create({ content: `@${ada.handle} hello` })
    const [delivery] = await newest(ada, hook, 'delivered')
    expect(delivery).toMatchObject({
      reasons: ['mention'],
      actor: { id: bob.bot.id, handle: bob.handle },
      run_id: gateway.runs[0]?.runId,
      attempts: [{ status: 200, error: null }],
    })
    expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({
      is_waiting: false,
      last_error: null,
      attempt: 0,
    })
  })
})

describe('a gateway answers', () => {
  test.each([
    [503, 'retrying'],
    [429, 'retrying'],
    [408, 'retrying'],
    [409, 'retrying'],
    [302, 'retrying'],
    ['reset', 'retrying'],
    ['lost', 'retrying'],
  ] as const)(
    '%s: again later, with the same key and text, and one run comes of it',
    async (treatment, state) => {
      const hook = await hookFor(ada)
      gateway.next(treatment)
      await bob.posts.create({ content: `@${ada.handle} hello` })
      const [delivery] = await newest(ada, hook, state)
      expect(delivery?.attempts[0]?.error).toBeTruthy()
      expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({
        state: 'active',
        attempt: 1,
        next_attempt_at: expect.any(String),
        failing_since: expect.any(String),
        last_error: delivery?.attempts[0]?.error,
      })
      await hurry(server, hook)
      const [again] = await newest(ada, hook, 'delivered')
      expect(again?.attempts).toHaveLength(2)
      expect(gateway.requests[1]?.text).toBe(gateway.requests[0]?.text)
      expect(gateway.runs).toHaveLength(1)
    },
  )

  test.each([
    [400, 'dead'],
    [413, 'dead'],
    [403, 'dead'],
  ] as const)('%s: never again, and those after it go on', async (status, state) => {
    const hook = await hookFor(ada)
    gateway.next({ status, body: JSON.stringify({ ok: false, error: 'because' }) })
    await bob.posts.create({ content: `@${ada.handle} one` })
    const [delivery] = await newest(ada, hook, state)
    expect(delivery?.attempts).toMatchObject([{ status, error: expect.stringMatching(/: because$/) }])
    await bob.posts.create({ content: `@${ada.handle} two` })
    await newest(ada, hook, 'delivered')
    expect(gateway.requests).toHaveLength(2)
  })

  test.each([401, 404, 405] as const)(
    '%s: nothing more until the owner has looked, and nothing is lost',
    async (status) => {
      const hook = await hookFor(ada)
      gateway.behave(status)
      await bob.posts.create({ content: `@${ada.handle} one` })
      const failed = await eventually(
        () => ada.webhooks.get({ id: hook.id }),
        ({ state }) => state === 'failed',
      )
      expect(failed.last_error).toContain(String(status))
      await bob.posts.create({ content: `@${ada.handle} two` })
      gateway.behave('well')
      await ada.webhooks.update({ id: hook.id, state: 'active' })
      await gateway.until(3)
      const texts = gateway.requests.map(({ body }) =>
        String((body as { message: string }).message)
          .split('\n')
          .at(-1),
      )
      expect(texts).toEqual(['one', 'one', 'two'].map((word) => `@${ada.handle} ${word}`))
    },
  )

  test('an unknown agent: the owner reads in its own words what is wrong', async () => {
    const hook = await hookFor(ada, { agent_id: 'nobody' })
    await bob.posts.create({ content: `@${ada.handle} hello` })
    const [delivery] = await newest(ada, hook, 'dead')
    expect(delivery?.attempts[0]?.error).toContain('unknown agentId "nobody"')
    expect((await ada.webhooks.get({ id: hook.id })).last_error).toContain('unknown agentId "nobody"')
  })

  test('with Retry-After: not before', async () => {
    const hook = await hookFor(ada)
    gateway.next({ status: 429, headers: { 'retry-after': '1200' } })
    await bob.posts.create({ content: `@${ada.handle} hello` })
    await newest(ada, hook, 'retrying')
    const { next_attempt_at } = await ada.webhooks.get({ id: hook.id })
    const seconds = (Date.parse(next_attempt_at ?? '') - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(1_100)
    expect(seconds).toBeLessThan(1_201)
  })

  test('badly for so long that it is too late: given up, and those after it go on', async () => {
    const hook = await hookFor(ada)
    gateway.behave(503)
    await bob.posts.create({ content: `@${ada.handle} one` })
    for (let tries = 1; tries <= 7; tries++) {
      await gateway.until(tries)
      await eventually(
        () => ada.webhooks.get({ id: hook.id }),
        ({ attempt }) => attempt === tries % 7,
      )
      await hurry(server, hook)
    }
    const [dead] = await newest(ada, hook, 'dead')
    expect(dead?.attempts).toHaveLength(7)
    gateway.behave('well')
    await bob.posts.create({ content: `@${ada.handle} two` })
    await newest(ada, hook, 'delivered')
    await ada.webhooks.resend({ id: hook.id, delivery: dead?.id ?? '' })
    await gateway.until(9)
    expect(gateway.requests[8]?.text).toBe(gateway.requests[0]?.text)
    const found = await eventually(
      () => deliveriesOf(ada, hook),
      (items) => items.every(({ state }) => state === 'delivered'),
    )
    expect(found).toHaveLength(2)
  })

  test('nothing for five days: it is stopped', async () => {
    const hook = await hookFor(ada)
    gateway.behave(503)
    await bob.posts.create({ content: `@${ada.handle} hello` })
    await newest(ada, hook, 'retrying')
    await server.pool.query(
      "update webhooks set failing_since = now() - interval '5 days 1 minute', due_at = now() where id = $1",
      [hook.id],
    )
    await eventually(
      () => ada.webhooks.get({ id: hook.id }),
      ({ state }) => state === 'failed',
    )
  })

  test('as one of before 2026.3 does, with 202: delivered', async () => {
    await gateway.close()
    gateway = await startFakeGateway({ version: '2026.2' })
    const hook = await hookFor(ada, { agent_id: null })
    await bob.posts.create({ content: `@${ada.handle} hello` })
    const [delivery] = await newest(ada, hook, 'delivered')
    expect(delivery?.attempts).toMatchObject([{ status: 202 }])
  })

  test('not at all, while others are served', async () => {
    const hanging = await startFakeGateway()
    hanging.behave('hang')
    const carl = await newBot(server)
    await hookFor(carl, { url: hanging.hook, agent_id: null })
    await hookFor(ada)
    await bob.posts.create({ content: `@${carl.handle} @${ada.handle} hello` })
    await Promise.all([hanging.until(1), gateway.until(1)])
    await bob.posts.create({ content: `@${ada.handle} again` })
    await gateway.until(2)
    expect(hanging.requests).toHaveLength(1)
    await hanging.close()
  })
})

test('an event has one id, in the inbox and in what is sent: answered by one, it is answered by the other', async () => {
  await hookFor(ada)
  const post = await bob.posts.create({ content: `@${ada.handle} well?` })
  await gateway.until(1)
  const event_id = /\((\d+)\)/.exec(String(bodyOf(0)['message']))?.[1]
  const { items } = await ada.inbox.list({})
  expect(items.map((item) => item.event_id)).toEqual([event_id])
  const answer = { action: 'reply', post_id: post.id, content: 'Yes', event_id }
  const answers = await Promise.all(
    [1, 2].map(() => server.request('POST', '/openclaw/events', { token: ada.apiKey, body: answer })),
  )
  expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 201]))
})

test('a mapped hook is sent the event, and why and whom it is for', async () => {
  const hook = await hookFor(ada, { kind: 'openclaw-mapped', url: `${gateway.url}/hooks/clawdxcraft` })
  gateway.behave(204)
  const post = await bob.posts.create({ content: `@${ada.handle} hello` })
  await newest(ada, hook, 'delivered')
  const [delivery] = await deliveriesOf(ada, hook)
  expect(bodyOf(0)).toEqual({
    id: delivery?.event_id,
    type: 'post.created',
    at: expect.any(String),
    data: post,
    reasons: ['mention'],
    bot: { id: ada.bot.id, handle: ada.handle },
  })
  expect(gateway.requests[0]?.headers['idempotency-key']).toBe(`${delivery?.event_id}:${ada.bot.id}`)
})

describe('a test', () => {
  test('says what became of the agent’s turn', async () => {
    const hook = await hookFor(ada)
    const result = await ada.webhooks.test({ id: hook.id })
    expect(result).toMatchObject({ delivered: true, status: 200, error: null, completion: { status: 'ok' } })
    expect(bodyOf(0)).toMatchObject({ waitForCompletion: true, deliver: false, wakeMode: 'next-heartbeat' })
  })

  test('says what is wrong', async () => {
    const hook = await hookFor(ada, { token: 'wrong' })
    expect(await ada.webhooks.test({ id: hook.id })).toMatchObject({
      delivered: false,
      status: 401,
      error: expect.stringContaining('token'),
    })
  })
})

describe('a new token', () => {
  test('is used at once, and the old one where the gateway does not have it yet', async () => {
    const hook = await hookFor(ada)
    await ada.webhooks.rotate({ id: hook.id, token: 'the-next-one' })
    await bob.posts.create({ content: `@${ada.handle} hello` })
    await newest(ada, hook, 'delivered')
    const shown = gateway.requests.map(({ headers, status }) => [headers.authorization, status])
    expect(shown).toEqual([
      ['Bearer the-next-one', 401],
      [`Bearer ${HOOK_TOKEN}`, 200],
    ])
  })

  test('has to be given', async () => {
    const hook = await hookFor(ada)
    await expect(ada.webhooks.rotate({ id: hook.id })).rejects.toMatchObject({
      status: 422,
      errors: [{ loc: ['body', 'token'] }],
    })
  })
})
