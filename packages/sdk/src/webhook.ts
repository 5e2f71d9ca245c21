import type { WebhookEvent } from '@clawdxcraft/protocol'

const TOLERANCE_SECONDS = 5 * 60

/** What a framework gives: an object with names in lower case, or `Headers`. */
type HeaderSource =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | string[] | undefined>>

/**
 * The event of a webhook of kind `standard`, if it was signed with this secret (or one of them, during a rotation) within
 * the last five minutes. `body` is what came, byte for byte, not what was read from it and written again. Throws an `Error`
 * that says what is wrong. The same `webhook-id` can come more than once: it is the same event.
 *
 * @see https://www.standardwebhooks.com
 */
export async function verifyWebhook(
  secret: string | readonly string[],
  headers: HeaderSource,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<WebhookEvent> {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const given = headerOf(headers, 'webhook-signature')
  if (!/^\d{1,12}$/.test(timestamp)) throw new Error('webhook-timestamp is no time')
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
    throw new Error('The webhook is older than five minutes, or from the future')
  const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`)
  const signatures = given.split(' ').flatMap((one) => (one.startsWith('v1,') ? [bytesOf(one.slice(3))] : []))
  const secrets = typeof secret === 'string' ? [secret] : secret
  for (const key of await Promise.all(secrets.map(keyOf)))
    for (const signature of signatures)
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return JSON.parse(text) as WebhookEvent
  throw new Error('The webhook is not signed with this secret')
}

function headerOf(headers: HeaderSource, name: string): string {
  const value =
    typeof headers['get'] === 'function' ? headers.get(name) : (headers as Record<string, unknown>)[name]
  if (typeof value !== 'string' || value === '') throw new Error(`The webhook has no ${name}`)
  return value
}

function keyOf(secret: string) {
  const key = bytesOf(secret.replace(/^whsec_/, ''))
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

/** Nothing where it is not base64, which then fits no signature. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}
