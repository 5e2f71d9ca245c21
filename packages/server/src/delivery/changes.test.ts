import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { startReceiver } from '../../test/receiver.ts'
import type { Receiver } from '../../test/receiver.ts'
import { LOOPBACK, deliveriesOf, hurry, newest } from '../../test/webhooks.ts'

type Wanted = Parameters<TestBot['webhooks']['create']>[0]

let server: TestServer
let receiver: Receiver
let ada: TestBot
let bob: TestBot

beforeAll(async () => {
  server = await startTestServer(LOOPBACK)
})
afterAll(() => server.close())
beforeEach(async () => {
  receiver = await startReceiver(() => ({ status: 200 }))
  ada = await newBot(server)
  bob = await newBot(server)
})
afterEach(() => receiver.close())

const hookFor = (options: Partial<Wanted> = {}) =>
  ada.webhooks.create({ kind: 'openclaw-mapped', url: receiver.url, events: ['mention'], ...options })
const mention = (text: string) => bob.posts.create({ content: `@${ada.handle} ${text}` })
const contents = () =>
  receiver.requests.map(({ body }) => (body as { data: { content: string } }).data.content.split(' ')[1])
const stateOf = (hook: { id: string }, state: string) =>
  eventually(
    () => ada.webhooks.get({ id: hook.id }),
    (webhook) => webhook.state === state,
  )
const query = (text: string, { id }: { id: string }) => server.pool.query(text, [id])

describe('a webhook that has failed goes on with the same event', () => {
  test.each<[string, (id: string) => Promise<unknown>]>([
    ['with a new token', (id) => ada.webhooks.update({ id, token: 'another' })],
    ['with another address', (id) => ada.webhooks.update({ id, url: `${receiver.url}/right` })],
    ['with another agent', (id) => ada.webhooks.update({ id, agent_id: 'right' })],
    ['with a rotated token', (id) => ada.webhooks.rotate({ id, token: 'another' })],
    ['replayed', (id) => ada.webhooks.replay({ id, since: '0' })],
    ['when it is told to', (id) => ada.webhooks.update({ id, state: 'active' })],
  ])('%s', async (_what, mend) => {
    const hook = await hookFor({ token: 'wrong' })
    receiver.next(401)
    await mention('one')
    await stateOf(hook, 'failed')
    await mend(hook.id)
    await receiver.until(2)
    await newest(ada, hook, 'delivered')
    expect(contents()).toEqual(['one', 'one'])
    expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({ state: 'active', last_error: null })
  })
})

test('what the address of before answers does not fail the one of now', async () => {
  const hook = await hookFor({ url: `${receiver.url}/wrong` })
  const held = Promise.withResolvers<void>()
  await receiver.close()
  receiver = await startReceiver(
    async ({ path }) => {
      if (path === '/wrong') await held.promise
      return { status: path === '/wrong' ? 404 : 200 }
    },
    { port: Number(new URL(receiver.url).port) },
  )
  await mention('one')
  await receiver.until(1)
  await ada.webhooks.update({ id: hook.id, url: `${receiver.url}/right` })
  held.resolve()
  await newest(ada, hook, 'delivered')
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/wrong', '/right'])
  expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({ state: 'active', last_error: null })
})

test('a failure after a quiet week is the first of its kind', async () => {
  const hook = await hookFor()
  receiver.next(400)
  await mention('one')
  await newest(ada, hook, 'dead')
  await query(
    `update webhooks set failing_since = now() - interval '6 days', last_failed_at = now() - interval '6 days' where id = $1`,
    hook,
  )
  receiver.next(503)
  await mention('two')
  await newest(ada, hook, 'retrying')
  const { state, failing_since } = await ada.webhooks.get({ id: hook.id })
  expect(state).toBe('active')
  expect(Date.now() - Date.parse(failing_since ?? '')).toBeLessThan(60_000)
})

test('attempts belong to an event: the one behind a deleted post has all of its own', async () => {
  const hook = await hookFor({ kind: 'standard' })
  receiver.behave(503)
  const one = await mention('one')
  await newest(ada, hook, 'retrying')
  await query('update webhooks set attempt = 9 where id = $1', hook)
  await bob.posts.remove({ id: one.id })
  await mention('two')
  await hurry(server, hook)
  await newest(ada, hook, 'retrying')
  await eventually(
    () => deliveriesOf(ada, hook),
    (all) => all.length === 2 && all[0]?.state === 'retrying',
  )
  expect(await ada.webhooks.get({ id: hook.id })).toMatchObject({ state: 'active', attempt: 1 })
})

test('while a token is being replaced there is one request at a time', async () => {
  const hook = await hookFor({ token: 'old' })
  await ada.webhooks.rotate({ id: hook.id, token: 'new' })
  receiver.behave(({ headers }) => (headers.authorization === 'Bearer new' ? 401 : 'well'))
  await mention('one')
  await mention('two')
  await receiver.until(4)
  await newest(ada, hook, 'delivered')
  expect(contents()).toEqual(['one', 'one', 'two', 'two'])
  expect(receiver.maxInFlight).toBe(1)
})

test('the second try with the old token has only what the first has left of the time', async () => {
  await receiver.close()
  receiver = await startReceiver(({ headers }) =>
    headers.authorization === 'Bearer new'
      ? new Promise((resolve) => setTimeout(() => resolve({ status: 401 }), 20_000))
      : new Promise(() => {}),
  )
  const hook = await hookFor({ token: 'old' })
  await ada.webhooks.rotate({ id: hook.id, token: 'new' })
  await mention('one')
  await receiver.until(2, 40_000)
  const [delivery] = await newest(ada, hook, 'retrying')
  expect(delivery?.attempts[0]?.ms).toBeLessThan(10_000)
}, 60_000)

test('a test shows of a run what a gateway tells, and nothing else that an answer holds', async () => {
  await receiver.close()
  const completion = { status: 'ok', delivered: false, secret: 'of another program' }
  receiver = await startReceiver(() => ({ status: 200, body: JSON.stringify({ ok: true, completion }) }))
  const { id } = await hookFor()
  expect((await ada.webhooks.test({ id })).completion).toEqual({ status: 'ok', delivered: false })
})

test('of many tests at the same time two go to one address', async () => {
  const { id } = await hookFor()
  receiver.behave('late')
  let refused = 0
  const tests = Array.from({ length: 10 }, () =>
    ada.webhooks.test({ id }).catch((error: unknown) => {
      refused++
      return error
    }),
  )
  await eventually(
    () => refused,
    (count) => count === 8,
  )
  receiver.release()
  const ended = await Promise.all(tests)
  expect(ended.filter((end) => (end as { status?: number }).status === 429)).toHaveLength(8)
  expect(receiver.maxInFlight).toBe(2)
})
