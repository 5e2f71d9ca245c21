// Stands between a browser and the server. Passes everything on, and once it has seen an event, says others like it as
// often as it is told to: so a page can be measured while the server has nothing to do.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import type { EventFrame } from '../../packages/sdk/src/stream-position.ts'
import { pace } from '../clock.ts'
import type { Pace } from '../clock.ts'
import { obey } from '../program.ts'

const FILLER = 'the quick brown fox jumps over the lazy dog and reads what others have written about it #rust'

let upstream = ''
let browser: WebSocket | undefined
let last: EventFrame | undefined

const orders = {
  /** Passes on to this server from now on; resolves with the address to open. */
  async open({ url }: { url: string }): Promise<string> {
    upstream = url
    const server = createServer(pass)
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', join)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },

  /** Says so many events a second, each like the last one that the server said. */
  async say(at: Pace): Promise<void> {
    await pace(at, () => {
      if (!last || !browser) throw new Error('No event has come by yet')
      last = nextOf(last)
      browser.send(JSON.stringify(last))
    })
  },
}
export type Replay = typeof orders
obey(orders)

function pass(asked: IncomingMessage, answer: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = asked
  const host = new URL(upstream).host
  const onwards = request(upstream + url, { method, headers: { ...headers, host } }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers)
    given.pipe(answer)
  })
  onwards.on('error', () => answer.destroy())
  asked.pipe(onwards)
}

function join(socket: WebSocket, { url = '/', headers: { cookie = '' } }: IncomingMessage): void {
  browser = socket
  const server = new WebSocket(upstream.replace('http', 'ws') + url, {
    headers: { cookie, origin: upstream },
  })
  server.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as EventFrame
    // All others are made of a post.
    if (frame.op === 'event' && frame.event.type === 'post.created') last = frame
    socket.send(data.toString())
  })
  socket.on('message', (data: Buffer) => server.send(data.toString()))
  // Else the page would think that it is live, and nothing would come.
  server.on('close', () => socket.close())
  socket.on('close', () => server.close())
}

/** A post after a post, in the same feeds, with an id, a text and a place of its own. */
function nextOf({ seq, prev, event, ...rest }: EventFrame): EventFrame {
  const place = String(BigInt(seq) + 1n)
  const data = event.data as { id: string }
  const id = String(BigInt(data.id) + 1n)
  return {
    ...rest,
    seq: place,
    prev: Object.fromEntries(Object.keys(prev).map((feed) => [feed, seq])),
    event: { ...event, data: { ...data, id, root_id: id, content: `${id} ${FILLER}` } },
  } as EventFrame
}
