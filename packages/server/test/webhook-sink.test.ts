import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isSignedWith, startWebhookSink } from './webhook-sink.ts'
import type { WebhookSink } from './webhook-sink.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`
const PATH = '/ada'

let sink: WebhookSink
beforeEach(async () => {
  sink = await startWebhookSink()
})
afterEach(() => sink.close())

interface Sent {
  readonly secrets?: readonly string[]
  readonly webhookId?: string
  readonly path?: string
  /** Sent instead of what was signed. */
  readonly text?: string
}

async function send(id: number, options: Sent = {}): Promise<number> {
  const { secrets = [SECRET], webhookId = `msg_${id}`, path = PATH } = options
  const signed = JSON.stringify({ id: String(id), type: 'post.created' })
  const at = new Date()
  const signatures = secrets.map((secret) => new Webhook(secret).sign(webhookId, at, signed))
  const response = await fetch(sink.url + path, {
    method: 'POST',
    headers: {
      'webhook-id': webhookId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
    body: options.text ?? signed,
  })
  return response.status
}

const faults = (secrets = [SECRET]) => sink.faults(PATH, { secrets })

test('finds nothing wrong with events that come signed, one after another', async () => {
  sink.next(500)
  expect(await send(1)).toBe(500)
  for (const id of [1, 2, 2, 3]) expect(await send(id)).toBe(204)
  await send(1, { path: '/bob' })
  expect(faults()).toEqual([])
  expect(sink.sent(PATH)).toHaveLength(5)
  expect(sink.sent(PATH, 'msg_2')).toHaveLength(2)
  expect(sink.taken(PATH).map(({ body }) => (body as { id: string }).id)).toEqual(['1', '2', '3'])
})

test('a signature of either secret is enough', async () => {
  await send(1, { secrets: [OTHER] })
  await send(2, { secrets: [OTHER, SECRET] })
  expect(faults([SECRET, OTHER])).toEqual([])
  expect(faults()).toEqual(['request 0, webhook-id msg_1: not signed'])
  expect(sink.sent(PATH).map((request) => isSignedWith(SECRET, request))).toEqual([false, true])
})

test('finds a body that is not what was signed, and one that changed between attempts', async () => {
  await send(1)
  await send(1, { text: '{ "id": "1", "type": "post.created" }' })
  expect(faults()).toEqual([
    'request 1, webhook-id msg_1: not signed',
    'request 1, webhook-id msg_1: has another body than before',
  ])
})

test('finds what comes too early or too late', async () => {
  sink.next('well', 500)
  for (const id of [2, 3, 4, 1]) await send(id)
  expect(faults()).toEqual([
    'request 2, webhook-id msg_4: came before an earlier event was taken',
    'request 3, webhook-id msg_1: came after a later event',
  ])
  expect(sink.faults(PATH, { secrets: [SECRET], mayGiveUp: true })).toHaveLength(1)
  const rank = (body: unknown) => BigInt(['2', '3', '4', '1'].indexOf((body as { id: string }).id))
  expect(sink.faults(PATH, { secrets: [SECRET], mayGiveUp: true, rank })).toEqual([])
})

test('finds two that are open at once', async () => {
  sink.behave('late')
  const both = [send(1), send(1)]
  await sink.until(2)
  sink.release()
  await Promise.all(both)
  expect(faults()).toEqual(['request 1, webhook-id msg_1: came while another was open'])
})
