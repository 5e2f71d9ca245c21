import type { DeliveryInFull } from '@clawdxcraft/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { login, newAccount } from '../../test/accounts.ts'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import type { Received } from '../../test/receiver.ts'
import { dumpTables } from '../../test/tables.ts'
import { startWebhookSink } from '../../test/webhook-sink.ts'
import type { WebhookSink } from '../../test/webhook-sink.ts'
import { LOOPBACK, deliveriesOf, hurry, newest } from '../../test/webhooks.ts'
import { exchangeOf } from './exchange.ts'

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

const hookFor = (kind: 'standard' | 'openclaw', token?: string) =>
  ada.webhooks.create({ kind, url: sink.url, events: ['mention'], ...(token !== undefined && { token }) })
const mention = (text: string) => bob.posts.create({ content: `@${ada.handle} ${text}` })

interface Named {
  readonly id: string
}

function inFull(hook: Named, delivery: Named | undefined, by = server.human): Promise<DeliveryInFull> {
  return by.webhooks.delivery({ id: hook.id, delivery: delivery?.id ?? '' })
}

/** What was sent last of the newest delivery, once that has come to this. */
async function newestInFull(hook: Named, state: DeliveryInFull['state']): Promise<DeliveryInFull> {
  const [delivery] = await newest(ada, hook, state)
  return inFull(hook, delivery)
}

const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length'])

/** The request as it came, but for what belongs to the connection, and with these headers as they are shown. */
function asShown(request: Received | undefined, hidden: Readonly<Record<string, string>>) {
  const headers = Object.entries(request?.headers ?? {}).filter(([name]) => !OF_THE_CONNECTION.has(name))
  return { headers: { ...Object.fromEntries(headers), ...hidden }, body: request?.text }
}

describe('a delivery', () => {
  test('has what the receiver got and, for humans, what it answered', async () => {
    const { secret, ...hook } = await hookFor('standard')
    const headers = { 'content-type': 'text/plain', 'retry-after': '7', 'x-powered-by': 'steam' }
    sink.next({ status: 201, headers, body: 'Thank you' })
    await mention('hello')
    const [delivery] = await newest(ada, hook, 'delivered')
    const seen = await inFull(hook, delivery)
    const request = asShown(sink.requests[0], { 'webhook-signature': 'v1,…' })
    const told = { 'content-type': 'text/plain', 'content-length': '9', 'retry-after': '7' }
    const response = { status: 201, headers: told, body: 'Thank you' }
    expect(seen).toEqual({ ...delivery, exchange: { request, response } })
    expect(request.headers).toMatchObject({ 'webhook-id': `evt_${delivery?.event_id}_${hook.id}` })

    const cookie = await login(server, (await newAccount(server, 'viewer')).name)
    const path = `/webhooks/${hook.id}/deliveries/${delivery?.id}`
    expect((await server.request('GET', path, { headers: { cookie } })).body).toEqual(seen)
    const forBots = { request, response: { status: 201, headers: null, body: null } }
    expect(await inFull(hook, delivery, ada)).toEqual({ ...delivery, exchange: forBots })
    expect(await dumpTables(server.pool)).not.toContain(secret?.slice(6))
  })

  test('has that of its last attempt, whatever came of it', async () => {
    const hook = await hookFor('standard')
    const statuses: (number | undefined)[] = []
    sink.next({ status: 500, body: 'Not now' }, 'reset', 410)
    await mention('hello')
    for (const attempts of [1, 2, 3]) {
      const [delivery] = await eventually(
        () => deliveriesOf(ada, hook),
        ([newer]) => newer?.attempts.length === attempts,
      )
      const { exchange } = await inFull(hook, delivery)
      const request = asShown(sink.requests[attempts - 1], { 'webhook-signature': 'v1,…' })
      expect(exchange?.request).toEqual(request)
      if (attempts === 1) expect(exchange?.response).toMatchObject({ body: 'Not now' })
      statuses.push(exchange?.response?.status)
      await hurry(server, hook)
    }
    expect(statuses).toEqual([500, undefined, 410])
  })

  test('that was given up keeps it, and one that is sent again has what was sent again', async () => {
    const hook = await hookFor('openclaw')
    sink.next({ status: 400, body: 'No such hook' })
    await mention('hello')
    const dead = await newestInFull(hook, 'dead')
    expect(dead.exchange).toMatchObject({ response: { status: 400, body: 'No such hook' } })
    await ada.webhooks.resend({ id: hook.id, delivery: dead.id })
    const { exchange } = await newestInFull(hook, 'delivered')
    expect(exchange).toMatchObject({ request: { body: sink.requests[1]?.text }, response: { status: 204 } })
  })

  test('that was not sent has none, nor has one whose secret could not be read', async () => {
    const hook = await hookFor('openclaw', 'a-token')
    await ada.webhooks.update({ id: hook.id, state: 'paused' })
    const post = await mention('never mind')
    await eventually(
      () => ada.webhooks.get({ id: hook.id }),
      ({ is_waiting }) => is_waiting,
    )
    await bob.posts.remove({ id: post.id })
    await ada.webhooks.update({ id: hook.id, state: 'active' })
    expect(await newestInFull(hook, 'skipped')).toMatchObject({ attempts: [], exchange: null })
    await server.pool.query("update webhooks set token = '\\x00' where id = $1", [hook.id])
    await mention('hello')
    expect(await newestInFull(hook, 'retrying')).toMatchObject({ attempts: [{ ms: 0 }], exchange: null })
    expect(sink.requests).toEqual([])
  })

  test('there never was is none, and that of another webhook neither', async () => {
    const hook = await hookFor('standard')
    await mention('hello')
    const [delivery] = await newest(ada, hook, 'delivered')
    const other = await hookFor('standard')
    await expect(inFull(other, delivery)).rejects.toMatchObject({ code: 'delivery_not_found' })
    await expect(inFull(hook, delivery, bob)).rejects.toMatchObject({ code: 'webhook_not_found' })
  })
})

test('of a digest all have what was sent, until one is sent again alone', async () => {
  const hook = await hookFor('openclaw')
  await ada.webhooks.update({ id: hook.id, state: 'paused' })
  for (let number = 0; number < 5; number++) await mention(`thought ${number}`)
  const woken = `select from inbox i join webhooks w on w.bot_id = i.bot_id where w.id = $1 and i.seq <= w.woken_seq`
  await eventually(
    () => server.pool.query(woken, [hook.id]),
    ({ rowCount }) => rowCount === 5,
  )
  await ada.webhooks.update({ id: hook.id, state: 'active' })
  const deliveries = (await newest(ada, hook, 'delivered')).toReversed()
  const bodies = async () => {
    const found = await Promise.all(deliveries.map((delivery) => inFull(hook, delivery)))
    return found.map(({ exchange }) => exchange?.request.body)
  }
  const again = async (delivery: Named | undefined) => {
    await ada.webhooks.resend({ id: hook.id, delivery: delivery?.id ?? '' })
    await eventually(
      () => deliveriesOf(ada, hook),
      (all) => all.every(({ state }) => state === 'delivered'),
    )
  }
  const digest = sink.requests[0]?.text
  expect(deliveries).toHaveLength(5)
  expect(await bodies()).toEqual([digest, digest, digest, digest, digest])
  await again(deliveries[2])
  const third = sink.requests[1]?.text
  expect(await bodies()).toEqual([digest, digest, third, digest, digest])
  await again(deliveries[0])
  // Better nothing than what was not sent of them.
  expect(await bodies()).toEqual([sink.requests[2]?.text, undefined, third, undefined, undefined])
})

describe('secrets', () => {
  test('that a receiver repeats are neither shown nor kept', async () => {
    const hook = await hookFor('openclaw', 'old-token-to-be-hidden"/&')
    await ada.webhooks.rotate({ id: hook.id, token: 'new-token-to-be-hidden"/&' })
    const shown = () => sink.requests.map(({ headers }) => String(headers.authorization))
    sink.next(401, () => ({
      status: 503,
      headers: { location: `/?${encodeURIComponent(shown().join())}` },
      body: `${shown().join(' and ')}, which is ${JSON.stringify(shown())}`,
    }))
    await mention('hello')
    const { exchange } = await newestInFull(hook, 'retrying')
    expect(shown()).toEqual(['Bearer new-token-to-be-hidden"/&', 'Bearer old-token-to-be-hidden"/&'])
    expect(exchange?.request).toEqual(asShown(sink.requests[1], { authorization: 'Bearer …' }))
    expect(exchange?.response).toMatchObject({
      headers: { location: '/?Bearer%20…%2CBearer%20…' },
      body: 'Bearer … and Bearer …, which is ["Bearer …","Bearer …"]',
    })
    sink.next({ status: 400, body: JSON.stringify({ ok: false, error: `Not ${shown()[0]}` }) })
    await hurry(server, hook)
    const dead = await newestInFull(hook, 'dead')
    expect(dead.attempts.at(-1)?.error).toBe('Answered with status 400: Not Bearer …')
    expect(await dumpTables(server.pool)).not.toContain('token-to-be-hidden')
  })

  test('of which an answer has the beginning only are left out as well', () => {
    const token = 'k'.repeat(300)
    const body = `${token.repeat(26)}!${token.slice(40)}`
    const answer = { status: 200, headers: {}, body, retryAfter: undefined }
    const { response } = exchangeOf({ headers: {}, body: '' }, answer, [token])
    expect(response?.body).toBe(`${'…'.repeat(26)}!…`)
  })
})

describe('bounds', () => {
  const CUT = '… (cut)'

  test('of an answer: two KiB of readable text', async () => {
    const hook = await hookFor('standard')
    const headers = { 'content-type': `text/plain;${'x'.repeat(300)}` }
    sink.next({ status: 200, headers, body: 'ä'.repeat(5_000) })
    await mention('one')
    const { exchange } = await newestInFull(hook, 'delivered')
    const response = exchange?.response
    expect(response?.body).toBe('ä'.repeat((2_048 - Buffer.byteLength(CUT) - 1) / 2) + CUT)
    expect(response?.headers?.['content-type']).toHaveLength(200 - Buffer.byteLength(CUT) + CUT.length)

    const odd = Buffer.concat([Buffer.from('a\0b\r\n\u202Ec\t'), Buffer.of(0xff)])
    sink.next({ status: 200, body: odd })
    await mention('two')
    await sink.until(2)
    const second = await eventually(
      () => newestInFull(hook, 'delivered'),
      ({ exchange: newer }) => newer?.request.body !== exchange?.request.body,
    )
    expect(second.exchange?.response?.body).toBe('a\uFFFDb\n\uFFFDc\t\uFFFD')
  })

  test('of a request: sixteen KiB, and no half of a character', () => {
    const { request } = exchangeOf({ headers: {}, body: `xx${'長'.repeat(10_000)}` }, undefined, [])
    expect(Buffer.byteLength(request.body)).toBeLessThanOrEqual(16 * 1024)
    expect(Buffer.byteLength(request.body)).toBeGreaterThan(16 * 1024 - 4)
    expect(request.body).toMatch(/^xx長+… \(cut\)$/)
  })
})
