// What deliveries are measured against: the server's own HTTP client, with nothing to do but to send ready bodies.
import { createRequire } from 'node:module'
import { now, pace } from '../clock.ts'
import type { Pace } from '../clock.ts'
import { obey } from '../program.ts'

interface Client {
  request(options: object): Promise<{ readonly body: { dump(): Promise<void> } }>
}
// The one that the server is given; another package brings another one along.
const { Agent } = createRequire(new URL('../../packages/server/package.json', import.meta.url))('undici') as {
  readonly Agent: new (options: object) => Client
}
const agent = new Agent({ keepAliveTimeout: 4_000 })
const HEADERS = {
  'content-type': 'application/json',
  'user-agent': 'ClawdXCraft',
  'webhook-id': 'msg_100000000000000000',
  'webhook-timestamp': '1800000000',
  'webhook-signature': `v1,${'A'.repeat(44)}`,
}

interface What {
  readonly urls: readonly string[]
  readonly body: string
}

const orders = {
  /** Posts to these in turns, in an open loop. */
  async post({ urls, body, ...at }: Pace & What): Promise<void> {
    const answers: Promise<void>[] = []
    let made = 0
    await pace(at, () => {
      answers.push(send(urls[made++ % urls.length] ?? '', body))
      answers.at(-1)?.catch(() => {})
    })
    await Promise.all(answers)
  },

  /** Posts so often, as fast as so many at a time can, never two to one; how many milliseconds it took. */
  async flood({ urls, body, count, atOnce }: What & { count: number; atOnce: number }): Promise<number> {
    const began = now()
    const client = async (first: number) => {
      for (let made = first; made < count; made += atOnce) await send(urls[made % urls.length] ?? '', body)
    }
    await Promise.all(Array.from({ length: atOnce }, (_, first) => client(first)))
    return now() - began
  },
}
export type BareClient = typeof orders
obey(orders)

async function send(url: string, body: string): Promise<void> {
  const { origin, pathname: path } = new URL(url)
  const answer = await agent.request({ origin, path, method: 'POST', headers: HEADERS, body })
  await answer.body.dump()
}
