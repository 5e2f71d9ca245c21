// Somebody's servers that webhooks are sent to, each at an address of its own. The last of them take and never answer.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { now } from '../clock.ts'
import { obey } from '../program.ts'

/** An event as it came. */
export interface Arrival {
  readonly endpoint: number
  readonly event: string
  readonly at: number
  /** When its post was sent, as its text says. */
  readonly sentAt: number
}

export interface Taken {
  readonly arrivals: readonly Arrival[]
  /** Requests that will not be answered. */
  readonly unanswered: number
  /** The body of one of them. */
  readonly sample: string
}

let arrivals: Arrival[] = []
let seen = new Set<string>()
let unanswered = 0
let sample = ''
let firstHanging = Infinity
let awaited: { count: number; over: () => void } | undefined

const http = createHttpServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => take(request, response, Buffer.concat(chunks).toString()))
})

const orders = {
  /** Opens so many and tells their addresses. */
  async listen({ count, hanging }: { count: number; hanging: number }): Promise<string[]> {
    firstHanging = count - hanging
    const urls: string[] = []
    for (let endpoint = 0; endpoint < count; endpoint++) {
      const listener = createServer((socket) => http.emit('connection', socket))
      listener.listen(0, `127.1.${endpoint >> 8}.${endpoint & 255}`)
      await once(listener, 'listening')
      const { address, port } = listener.address() as AddressInfo
      urls.push(`http://${address}:${port}/${endpoint}`)
    }
    return urls
  },

  /** What came since the last call. */
  taken(): Taken {
    const taken = { arrivals, unanswered, sample }
    arrivals = []
    seen = new Set()
    unanswered = 0
    return taken
  },

  /** Waits until so many have come, not counting any twice. */
  async reach(count: number): Promise<void> {
    if (seen.size >= count) return
    await new Promise<void>((resolve) => {
      awaited = { count, over: resolve }
    })
    awaited = undefined
  },
}
export type Receivers = typeof orders
obey(orders)

function take({ url = '' }: IncomingMessage, response: ServerResponse, text: string): void {
  const at = now()
  const endpoint = Number(url.slice(1))
  if (endpoint >= firstHanging) {
    unanswered++
    return
  }
  response.writeHead(204).end()
  const { id, data } = JSON.parse(text) as { id: string; data: { content: string } }
  arrivals.push({ endpoint, event: id, at, sentAt: Number.parseFloat(data.content) })
  sample = text
  seen.add(`${endpoint} ${id}`)
  if (seen.size === awaited?.count) awaited.over()
}
