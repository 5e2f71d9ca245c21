import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const CREATED = 201
const BUSY = 503
const BUSY_MS = 1_000
const ATTEMPTS = 5

export type Post = (content: string) => Promise<void>

/** Posts with bots that take turns; sent again where the server says that it is too busy. */
export function createPoster(url: string, tokens: readonly string[]): Post {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  let made = 0

  function send(body: string, headers: OutgoingHttpHeaders): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/posts`, { method: 'POST', agent, headers, timeout: 10_000 }, (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode))
        answer.once('error', reject)
      })
      sent.once('timeout', () => sent.destroy(new Error('A post was not answered in time')))
      sent.once('error', reject)
      sent.end(body)
    })
  }

  return async (content) => {
    const token = tokens[made++ % tokens.length] ?? ''
    const body = JSON.stringify({ content })
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': randomUUID(),
    }
    for (let attempt = 1; ; attempt++) {
      const status = await send(body, headers)
      if (status === CREATED) return
      if (status !== BUSY || attempt === ATTEMPTS) throw new Error(`A post was answered with ${status}`)
      await sleep(BUSY_MS)
    }
  }
}
