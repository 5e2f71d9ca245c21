import { createHmac, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyWebhook } from '../src/index.ts'

const secret = `whsec_${randomBytes(32).toString('base64')}`
const other = `whsec_${randomBytes(32).toString('base64')}`
const event = { id: '1', type: 'post.created', at: '2026-01-01T00:00:00.000Z', data: { content: 'Grüße' } }
const body = JSON.stringify({ ...event, reasons: ['mention'], bot: { id: '2', handle: 'ada' } })

interface Signing {
  readonly key?: string
  readonly id?: string
  readonly at?: number
  readonly text?: string
}

/** Signed as the specification says, without the library that the server signs with. */
function signed({ key = secret, id = 'evt_1', at = Date.now() / 1000, text = body }: Signing = {}) {
  const timestamp = String(Math.floor(at))
  const mac = createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(`${id}.${timestamp}.${text}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac.digest('base64')}`,
  }
}

test('a genuine webhook is its event, however headers and body are given', async () => {
  const expected = JSON.parse(body) as unknown
  expect(await verifyWebhook(secret, signed(), body)).toEqual(expected)
  expect(await verifyWebhook(secret, new Headers(signed()), new TextEncoder().encode(body))).toEqual(expected)
})

test('one of several secrets or signatures is enough', async () => {
  const headers = signed()
  const both = `v1,AAAA v2,x ${headers['webhook-signature']}`
  await expect(
    verifyWebhook([other, secret], { ...headers, 'webhook-signature': both }, body),
  ).resolves.toBeTruthy()
})

const now = Date.now() / 1000
test.each([
  ['with another secret', signed({ key: other }), 'not signed'],
  ['over another body', signed({ text: `${body} ` }), 'not signed'],
  ['with another id', { ...signed(), 'webhook-id': 'evt_2' }, 'not signed'],
  ['with another version', { ...signed(), 'webhook-signature': 'v1a,AAAA' }, 'not signed'],
  ['with what is no base64', { ...signed(), 'webhook-signature': 'v1,*' }, 'not signed'],
  ['six minutes ago', signed({ at: now - 360 }), 'five minutes'],
  ['six minutes from now', signed({ at: now + 360 }), 'five minutes'],
  ['at no time', { ...signed(), 'webhook-timestamp': 'now' }, 'no time'],
  ['without a signature', { ...signed(), 'webhook-signature': undefined }, 'no webhook-signature'],
])('signed %s is refused', async (_what, headers, words) => {
  await expect(verifyWebhook(secret, headers, body)).rejects.toThrow(words)
})

test('bytes that are no UTF-8 are refused', async () => {
  await expect(verifyWebhook(secret, signed(), new Uint8Array([0xff]))).rejects.toThrow()
})
