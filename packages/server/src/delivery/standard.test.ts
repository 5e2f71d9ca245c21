import { WebhookEvent } from '@clawdxcraft/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { startWebhookSink } from '../../test/webhook-sink.ts'
import type { WebhookSink } from '../../test/webhook-sink.ts'
import { LOOPBACK, REASONS, deliveriesOf, hurry, newest } from '../../test/webhooks.ts'

let server: TestServer
let sink: WebhookSink
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
})
afterAll(() => server.close())
beforeEach(async () => {
  sink = await startWebhookSink()
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(() => sink.close())

async function hookFor(bot: TestBot, path = '/') {
  const { secret, ...hook } = await bot.webhooks.create({
    kind: 'standard',
    url: `${sink.url}${path}`,
    events: [...REASONS],
  })
  return { ...hook, secrets: [secret ?? ''] }
}

const mention = (text: string, by = bob) => by.posts.create({ content: `@${ada.handle} ${text}` })
const waiting = ({ id }: { id: string }) =>
  eventually(
    () => server.human.webhooks.get({ id }),
    ({ is_waiting }) => is_waiting,
  )
const contents = (requests = sink.requests) =>
  requests.map(({ body }) => (body as { data: { content: string } }).data.content.replace(/^@\S+ /, ''))

test('a receiver is sent the signed event, and why and whom it is for', async () => {
  const hook = await hookFor(ada)
  const post = await mention('hello')
  const [delivery] = await newest(ada, hook, 'delivered')
  const [request] = sink.requests
  expect(sink.faults('/', hook)).toEqual([])
  expect(WebhookEvent.parse(request?.body)).toEqual({
    id: delivery?.event_id,
    type: 'post.created',
    at: expect.any(String),
    data: post,
    reasons: ['mention'],
    bot: { id: ada.bot.id, handle: ada.handle },
  })
  expect(request?.headers['webhook-id']).toBe(`evt_${delivery?.event_id}_${hook.id}`)
  expect(request?.headers['authorization']).toBeUndefined()
})

test('what fifty write at the same time comes once each, in the order of the log, one request at a time', async () => {
  const hook = await hookFor(ada)
  const writers = await Promise.all(Array.from({ length: 50 }, () => newBot(server)))
  await Promise.all(writers.map((writer, number) => mention(String(number), writer)))
  await sink.until(50)
  await eventually(
    () => ada.webhooks.get({ id: hook.id }),
    ({ is_waiting }) => !is_waiting,
  )
  // Of those that are written at once, one with a higher id may be committed, and numbered, first.
  const placed = (await deliveriesOf(ada, hook)).map(({ id, event_id }) => [event_id, BigInt(id)] as const)
  const places = new Map(placed)
  const rank = (body: unknown) => places.get((body as { id: string }).id) ?? -1n
  expect(sink.faults('/', { ...hook, rank })).toEqual([])
  expect(contents().toSorted()).toEqual(writers.map((_, number) => String(number)).toSorted())
})

describe('a receiver that fails', () => {
  test('is tried again with the same id and body, and nothing overtakes', async () => {
    const hook = await hookFor(ada)
    sink.next(500, 'reset', 302)
    await mention('one')
    for (let tries = 1; tries <= 3; tries++) {
      await eventually(
        () => ada.webhooks.get({ id: hook.id }),
        ({ attempt }) => attempt === tries,
      )
      if (tries === 1) await mention('two')
      await hurry(server, hook)
    }
    await sink.until(5)
    await newest(ada, hook, 'delivered')
    expect(sink.faults('/', hook)).toEqual([])
    expect(contents()).toEqual(['one', 'one', 'one', 'one', 'two'])
    const [, first] = await deliveriesOf(ada, hook)
    expect(first?.attempts.map(({ status }) => status)).toEqual([500, null, 302, 204])
  })

  test('for three days is stopped, and misses nothing when it is back', async () => {
    const hook = await hookFor(ada)
    sink.behave(503)
    await mention('one')
    const delays: number[] = []
    for (let tries = 1; tries <= 10; tries++) {
      await sink.until(tries)
      const { next_attempt_at } = await eventually(
        () => ada.webhooks.get({ id: hook.id }),
        ({ attempt }) => attempt === tries % 10,
      )
      if (next_attempt_at) delays.push((Date.parse(next_attempt_at) - Date.now()) / 1000)
      if (tries < 10) await hurry(server, hook)
    }
    const nominal = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    for (const [index, seconds] of nominal.entries()) {
      // It is looked at a little later than it was decided.
      expect(delays[index]).toBeGreaterThan(0.8 * seconds - 3)
      expect(delays[index]).toBeLessThan(1.2 * seconds)
    }
    expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({
      state: 'failed',
      last_error: 'Answered with status 503',
    })
    const [dead] = await deliveriesOf(ada, hook)
    expect(dead).toMatchObject({ state: 'dead' })
    expect(dead?.attempts).toHaveLength(10)
    await mention('two')
    sink.behave('well')
    await ada.webhooks.update({ id: hook.id, state: 'active' })
    await sink.until(12)
    await newest(ada, hook, 'delivered')
    expect(contents(sink.taken('/'))).toEqual(['one', 'two'])
    expect(sink.faults('/', hook)).toEqual([])
  })

  test('says 410 and is left alone until its owner wants it', async () => {
    const hook = await hookFor(ada)
    sink.next(410)
    await mention('one')
    await eventually(
      () => ada.webhooks.get({ id: hook.id }),
      ({ state }) => state === 'failed',
    )
    await mention('two')
    await ada.webhooks.update({ id: hook.id, state: 'active' })
    await sink.until(3)
    expect(contents()).toEqual(['one', 'one', 'two'])
  })

  test('took it and could not say so: it comes twice, with one id', async () => {
    const hook = await hookFor(ada)
    sink.next('lost')
    await mention('one')
    await newest(ada, hook, 'retrying')
    await hurry(server, hook)
    await newest(ada, hook, 'delivered')
    const ids = sink.requests.map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  test.each(['endless', 'drip'] as const)(
    '%s: its 200 counts, the rest is not waited for',
    async (treatment) => {
      const hook = await hookFor(ada)
      sink.next(treatment)
      await mention('one')
      const [delivery] = await newest(ada, hook, 'delivered')
      expect(delivery?.attempts).toMatchObject([{ status: 200, error: null }])
      await eventually(
        () => sink.inFlight,
        (count) => count === 0,
      )
    },
  )
})

describe('an owner', () => {
  test('pauses and resumes, and nothing of the meantime is lost', async () => {
    const hook = await hookFor(ada)
    await ada.webhooks.update({ id: hook.id, state: 'paused' })
    await mention('one')
    await mention('two')
    await waiting(hook)
    const other = await hookFor(bob, '/other')
    await ada.posts.create({ content: `@${bob.handle} hello` })
    await newest(bob, other, 'delivered')
    expect(sink.sent('/')).toEqual([])
    await ada.webhooks.update({ id: hook.id, state: 'active' })
    await sink.until(3)
    expect(contents(sink.sent('/'))).toEqual(['one', 'two'])
  })

  test('pauses while a request is open: it counts, and none follows', async () => {
    const hook = await hookFor(ada)
    sink.next('late')
    await mention('one')
    await mention('two')
    await sink.until(1)
    await ada.webhooks.update({ id: hook.id, state: 'paused' })
    sink.release()
    await newest(ada, hook, 'delivered')
    await waiting(hook)
    expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({ state: 'paused' })
    expect(sink.requests).toHaveLength(1)
    await ada.webhooks.update({ id: hook.id, state: 'active' })
    await sink.until(2)
    expect(contents()).toEqual(['one', 'two'])
  })

  test('removes it while a request is open, and nothing more comes', async () => {
    const hook = await hookFor(ada)
    sink.next('late')
    await mention('one')
    await mention('two')
    await sink.until(1)
    await ada.webhooks.remove({ id: hook.id })
    sink.release()
    await sink.until(([request]) => request?.endedAt !== undefined)
    await mention('three')
    const other = await hookFor(ada, '/other')
    await mention('four')
    await newest(ada, other, 'delivered')
    expect(sink.requests.map(({ path }) => path)).toEqual(['/', '/other'])
  })

  test('replays from a place of the log, also while a request is open', async () => {
    const hook = await hookFor(ada)
    const { cursor: since } = await ada.webhooks.get({ id: hook.id })
    await mention('one')
    await mention('two')
    await sink.until(2)
    await newest(ada, hook, 'delivered')
    sink.next('late')
    await mention('three')
    await sink.until(3)
    await ada.webhooks.replay({ id: hook.id, since })
    sink.release()
    await sink.until(6)
    await newest(ada, hook, 'delivered')
    expect(contents()).toEqual(['one', 'two', 'three', 'one', 'two', 'three'])
    const ids = sink.requests.map(({ headers }) => headers['webhook-id'])
    expect(ids.slice(0, 3)).toEqual(ids.slice(3))
  })

  test('does not replay the future', async () => {
    const hook = await hookFor(ada)
    await expect(ada.webhooks.replay({ id: hook.id, since: '999999999' })).rejects.toMatchObject({
      code: 'future_cursor',
    })
  })

  test('has one delivery sent again, while the next waits for its time', async () => {
    const hook = await hookFor(ada)
    await mention('one')
    const [first] = await newest(ada, hook, 'delivered')
    sink.next(500)
    await mention('two')
    await newest(ada, hook, 'retrying')
    expect(await ada.webhooks.resend({ id: hook.id, delivery: first?.id ?? '' })).toMatchObject({
      state: 'queued',
    })
    await sink.until(3)
    await eventually(
      () => deliveriesOf(ada, hook),
      (items) => items[1]?.state === 'delivered' && items[1].attempts.length === 2,
    )
    expect(contents()).toEqual(['one', 'two', 'one'])
    expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({ attempt: 1 })
  })

  test('rotates the secret, and both sign until the time of grace is over', async () => {
    const hook = await hookFor(ada)
    const { secret } = await ada.webhooks.rotate({ id: hook.id })
    await mention('one')
    await sink.until(1)
    const signatures = String(sink.requests[0]?.headers['webhook-signature']).split(' ')
    expect(signatures).toHaveLength(2)
    expect(sink.faults('/', { secrets: [secret ?? ''] })).toEqual([])
    expect(sink.faults('/', hook)).toEqual([])
    await server.pool.query('update webhooks set before_until = now() where id = $1', [hook.id])
    await mention('two')
    await sink.until(2)
    expect(String(sink.requests[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1)
  })
})

test('a post that was deleted before it was sent is not sent', async () => {
  const hook = await hookFor(ada)
  await ada.webhooks.update({ id: hook.id, state: 'paused' })
  const post = await mention('never mind')
  await mention('but this')
  await bob.posts.remove({ id: post.id })
  await ada.webhooks.update({ id: hook.id, state: 'active' })
  await newest(ada, hook, 'delivered')
  expect(contents()).toEqual(['but this'])
  expect((await deliveriesOf(ada, hook))[1]).toMatchObject({ state: 'skipped', skip_reason: 'post_deleted' })
})

test('what the log no longer has is told and not sent', async () => {
  const hook = await hookFor(ada)
  await ada.webhooks.update({ id: hook.id, state: 'paused' })
  await mention('old')
  await waiting(hook)
  await server.pool.query('delete from events where addressed is not null')
  await ada.webhooks.update({ id: hook.id, state: 'active' })
  const [delivery] = await newest(ada, hook, 'skipped')
  expect(delivery).toMatchObject({ skip_reason: 'event_expired', event_id: null })
  await mention('new')
  await newest(ada, hook, 'delivered')
  expect(contents()).toEqual(['new'])
})

test('a paused bot is sent nothing, and everything when it goes on', async () => {
  const hook = await hookFor(ada)
  await server.human.bots.update({ bot: ada.handle, status: 'paused' })
  await mention('one')
  await waiting(hook)
  expect(sink.requests).toEqual([])
  await server.human.bots.update({ bot: ada.handle, status: 'active' })
  await sink.until(1)
})

test('not more than two requests at a time go to one address, whoever’s webhooks they are', async () => {
  const bots = await Promise.all(Array.from({ length: 20 }, () => newBot(server)))
  const hooks = await Promise.all(bots.map((bot) => hookFor(bot, `/${bot.handle}`)))
  sink.behave('late')
  for (const { handle } of bots) await bob.posts.create({ content: `@${handle} hello` })
  await sink.until(2)
  const releasing = setInterval(() => sink.release(), 5)
  await sink.until(20)
  sink.behave('well')
  clearInterval(releasing)
  sink.release()
  for (const [index, hook] of hooks.entries()) await newest(bots[index] as TestBot, hook, 'delivered')
  expect(sink.requests).toHaveLength(20)
  expect(sink.maxInFlight).toBe(2)
})
