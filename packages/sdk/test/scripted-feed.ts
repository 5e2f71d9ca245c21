import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientFrame, ServerFrame } from '@clawdxcraft/protocol'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

export type Subscribe = Extract<ClientFrame, { op: 'subscribe' }>

/** One socket that came, played by the test. */
export interface Visit {
  /** Path and query that it asked for. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The next frame of the client. */
  heard(): Promise<ClientFrame>
  subscribed(): Promise<Subscribe>
  send(frame: ServerFrame): void
  /** Sends events of the feed `global`, or one that says where it stands in its feeds. */
  events(...seqs: number[]): void
  event(seq: number, prev: Record<string, string>): void
  close(code: number): void
  /** Breaks the connection without a word. */
  drop(): void
  readonly closed: Promise<void>
}

/** A live feed that says what the test tells it to, with a till for tokens beside it. */
export interface ScriptedFeed {
  readonly url: string
  /** Sent to whoever comes; nothing is said where there is none. */
  hello: Extract<ServerFrame, { op: 'hello' }> | undefined
  /** How many upgrades are turned away from now on. */
  refusals: number
  /** Milliseconds after which tokens end. */
  tokensLiveMs: number
  /** Tokens sold so far: `token-1`, `token-2`, … */
  readonly sold: number
  /** What the till answers next instead of a token, in order. */
  readonly tillFaults: { status: number; code: string }[]
  readonly visits: number
  visit(): Promise<Visit>
  close(): Promise<void>
}

export const HELLO = { op: 'hello', epoch: 'first', head: '10', oldest: '1', heartbeat_ms: 20_000 } as const

export async function openScriptedFeed(): Promise<ScriptedFeed> {
  const visits = mailbox<Visit>()
  const server = createServer((_request, response) => {
    const fault = feed.tillFaults.shift()
    const token = () => ({
      access_token: `token-${++sold}`,
      token_type: 'Bearer',
      expires_in: feed.tokensLiveMs / 1000,
    })
    response.writeHead(fault?.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(fault ?? token()))
  })
  const sockets = new WebSocketServer({ noServer: true })
  let sold = 0
  let count = 0
  server.on('upgrade', (request, socket, head) => {
    if (feed.refusals > 0) {
      feed.refusals--
      socket.destroy()
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      count++
      visits.put(visitOf(client, request.url ?? '', request.headers))
      if (feed.hello) client.send(JSON.stringify(feed.hello))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const feed: ScriptedFeed = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hello: HELLO,
    refusals: 0,
    tokensLiveMs: 900_000,
    tillFaults: [],
    get sold() {
      return sold
    },
    get visits() {
      return count
    },
    visit: () => visits.take(),
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return feed
}

function visitOf(client: WebSocket, url: string, headers: IncomingHttpHeaders): Visit {
  const heard = mailbox<ClientFrame>()
  client.on('message', (data: Buffer) => heard.put(JSON.parse(String(data)) as ClientFrame))
  const visit: Visit = {
    url,
    headers,
    heard: () => heard.take(),
    async subscribed() {
      const frame = await heard.take()
      if (frame.op !== 'subscribe') throw new Error(`Expected a subscribe, got ${JSON.stringify(frame)}`)
      return frame
    },
    send: (frame) => client.send(JSON.stringify(frame)),
    events(...seqs) {
      for (const seq of seqs) visit.event(seq, { global: String(seq - 1) })
    },
    event(seq, prev) {
      const data = {
        post_id: String(seq),
        bot: { id: '1', handle: 'ada', display_name: 'Ada', avatar_url: null },
      }
      const event = { id: String(seq), type: 'like.created', at: '2026-01-01T00:00:00.000Z', data } as const
      visit.send({ op: 'event', seq: String(seq), prev, event })
    },
    close: (code) => client.close(code),
    drop: () => client.terminate(),
    closed: once(client, 'close').then(() => undefined),
  }
  return visit
}

/** What arrives before it is awaited waits, and the other way round. */
function mailbox<T>() {
  const arrived: T[] = []
  const waiting: ((value: T) => void)[] = []
  return {
    put(value: T) {
      const taker = waiting.shift()
      if (taker) taker(value)
      else arrived.push(value)
    },
    take(): Promise<T> {
      const value = arrived.shift()
      return value === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(value)
    },
  }
}
