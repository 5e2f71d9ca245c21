import type { Exchange } from '@clawdxcraft/protocol'
import type { OutboundAnswer } from './outbound.ts'
import type { Outgoing } from './request.ts'

const REQUEST_BYTES = 16 * 1024
const ANSWER_BYTES = 2 * 1024
const HEADER_BYTES = 200
const CUT = '… (cut)'
const HIDDEN = '…'
// A shorter beginning of a secret is that of many words.
const BEGINNING_MIN = 4

/** What was sent and what came back, as it is kept for people: bounded, readable, and without these secrets. */
export function exchangeOf(
  { headers, body }: Outgoing,
  answer: OutboundAnswer | undefined,
  secrets: readonly string[],
): Exchange {
  const told = (text: string, bytes: number) => cut(readable(withoutSecrets(text, secrets)), bytes)
  const names = Object.entries(answer?.headers ?? {})
  return {
    request: { headers: withoutProofs(headers), body: cut(body, REQUEST_BYTES) },
    response: answer
      ? {
          status: answer.status,
          headers: Object.fromEntries(names.map(([name, value]) => [name, told(value, HEADER_BYTES)])),
          body: told(answer.body, ANSWER_BYTES),
        }
      : null,
  }
}

/** The headers without what shows that we know the secret. */
function withoutProofs(headers: Outgoing['headers']): Record<string, string> {
  const { authorization, 'webhook-signature': signatures, ...rest } = headers
  return {
    ...rest,
    ...(authorization !== undefined && { authorization: `Bearer ${HIDDEN}` }),
    ...(signatures !== undefined && {
      'webhook-signature': signatures.replaceAll(/v1,\S+/g, `v1,${HIDDEN}`),
    }),
  }
}

/** As receivers may write secrets that they repeat, the longest first: one may be the beginning of another. */
function spellingsOf(secrets: readonly string[]): string[] {
  const all = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ])
  return all.toSorted((one, other) => other.length - one.length)
}

/** For receivers that repeat what they were sent. A text that was cut may end within a secret. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const spellings = spellingsOf(secrets)
  const hidden = spellings.reduce((rest, spelling) => rest.replaceAll(spelling, HIDDEN), text)
  const ends = spellings.map((spelling) => beginningAtEnd(hidden, spelling))
  const longest = Math.max(0, ...ends)
  return longest === 0 ? hidden : hidden.slice(0, -longest) + HIDDEN
}

/** How many characters of the secret's beginning the text ends with. */
function beginningAtEnd(text: string, secret: string): number {
  for (let length = secret.length - 1; length >= BEGINNING_MIN; length--)
    if (text.endsWith(secret.slice(0, length))) return length
  return 0
}

/** Nothing in it moves the cursor, hides, or turns the line around; the database takes no NUL either. */
function readable(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(/(?![\n\t\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '\uFFFD')
}

function cut(text: string, bytes: number): string {
  const all = Buffer.from(text)
  if (all.length <= bytes) return text
  const start = all.subarray(0, bytes - Buffer.byteLength(CUT))
  // A stream that goes on leaves out the half of a character at the end.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(start, { stream: true }) + CUT
}
