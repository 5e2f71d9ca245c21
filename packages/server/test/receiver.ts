import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A request as it came, and what became of it. */
export interface Received {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body as it was sent, to check signatures by. */
  readonly text: string
  /** The body read as JSON; `undefined` where it is none. */
  readonly body: unknown
  /** On the clock of `performance.now()`, when all of it was here. */
  readonly at: number
  /** The status it was given; `undefined` until then, and for ever where it got none. */
  readonly status: number | undefined
  /** When the answer was sent, or the connection had gone. */
  readonly endedAt: number | undefined
}

export interface Answer {
  readonly status: number
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
}

/**
 * How a request is treated. `well`: as it should be. A number or an answer: that, and nothing is done.
 * `hang`: never answered. `reset`: the connection is cut. `drip`: 200, then a byte now and then for ever.
 * `endless`: 200, then bytes as fast as they are taken. `late`: done, and answered after `release()`.
 * `lost`: done, and the connection is cut instead of an answer.
 */
export type Behaviour = 'well' | 'hang' | 'reset' | 'drip' | 'endless' | 'late' | 'lost' | number | Answer

/** A behaviour, or what chooses one by the request. */
export type Treatment = Behaviour | ((request: Received) => Behaviour)

export interface Receiver {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** In the order in which they came. */
  readonly requests: readonly Received[]
  /** Requests that have begun and are not over, now and the most there ever were. */
  readonly inFlight: number
  readonly maxInFlight: number
  /** Resolves when so many requests have come in all, or when this holds; looks again whenever anything happens. */
  until(wanted: number | ((requests: readonly Received[]) => boolean), ms?: number): Promise<void>
  /** How every request is treated from now on. */
  behave(treatment: Treatment): void
  /** How the next requests are treated, one each, before `behave` counts again. */
  next(...treatments: Treatment[]): void
  /** Answers what is `late`. */
  release(): void
  /** Cuts all connections. */
  close(): Promise<void>
}

export interface Place {
  /** Another address of loopback is another origin. */
  readonly host?: string
  /** To come back where one was closed. */
  readonly port?: number
}

type Entry = { -readonly [K in keyof Received]: Received[K] }

const PATIENCE_MS = 10_000
const BODY_KEPT = 1024 * 1024
const DRIP_MS = 50

/** A server that records what it is sent, and misbehaves on demand. `handle` says what a good answer is. */
export async function startReceiver(
  handle: (request: Received) => Answer | Promise<Answer>,
  { host = '127.0.0.1', port = 0 }: Place = {},
): Promise<Receiver> {
  const requests: Entry[] = []
  const watching = new Set<() => void>()
  const upcoming: Treatment[] = []
  let standing: Treatment = 'well'
  let later = Promise.withResolvers<void>()
  let inFlight = 0
  let maxInFlight = 0

  const changed = () => {
    for (const look of [...watching]) look()
  }

  async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    maxInFlight = Math.max(maxInFlight, ++inFlight)
    let request: Entry | undefined
    response.once('close', () => {
      inFlight--
      if (request) request.endedAt = performance.now()
      changed()
    })
    const { method = '', url: path = '', headers } = incoming
    const text = await readText(incoming)
    request = { method, path, headers, text, body: parse(text), at: performance.now(), ...unanswered }
    requests.push(request)
    const treatment = upcoming.shift() ?? standing
    changed()
    await treat(request, response, typeof treatment === 'function' ? treatment(request) : treatment)
  }

  async function treat(request: Entry, response: ServerResponse, behaviour: Behaviour): Promise<void> {
    const send = ({ status, headers = {}, body = '' }: Answer) => {
      if (response.destroyed) return
      request.status = status
      response.statusCode = status
      response.setHeaders(new Map(Object.entries(headers)) as Map<string, string>)
      response.end(body)
      changed()
    }
    if (typeof behaviour === 'number') return send({ status: behaviour })
    if (typeof behaviour === 'object') return send(behaviour)
    if (behaviour === 'hang') return
    if (behaviour === 'reset') return cut(response)
    if (behaviour === 'drip' || behaviour === 'endless') {
      request.status = 200
      response.writeHead(200, { 'content-type': 'text/plain' })
      return behaviour === 'drip' ? drip(response) : flood(response)
    }
    // Who waits for the request may release it before it is done.
    const released = later.promise
    const answer = await handle(request)
    changed()
    if (behaviour === 'lost') return cut(response)
    if (behaviour === 'late') await released
    send(answer)
  }

  const server = createServer((incoming, response) => {
    receive(incoming, response).catch((error: Error) => {
      // Who hangs up before all was sent is nobody's fault here.
      if (incoming.complete) response.writeHead(500).end(error.stack)
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const { port: chosen } = server.address() as AddressInfo

  return {
    url: `http://${host}:${chosen}`,
    requests,
    get inFlight() {
      return inFlight
    },
    get maxInFlight() {
      return maxInFlight
    },
    until(wanted, ms = PATIENCE_MS) {
      const holds = typeof wanted === 'number' ? () => requests.length >= wanted : () => wanted(requests)
      return new Promise((resolve, reject) => {
        const settle = (end: () => void) => {
          clearTimeout(timer)
          watching.delete(look)
          end()
        }
        const look = () => {
          try {
            if (holds()) settle(resolve)
          } catch (error) {
            settle(() => reject(error as Error))
          }
        }
        const timer = setTimeout(() => settle(() => reject(new Error(overview(requests, ms)))), ms)
        watching.add(look)
        look()
      })
    },
    behave(treatment) {
      upcoming.length = 0
      standing = treatment
    },
    next: (...treatments) => void upcoming.push(...treatments),
    release() {
      later.resolve()
      later = Promise.withResolvers()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const unanswered = { status: undefined, endedAt: undefined }

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (size < BODY_KEPT) chunks.push(chunk)
    size += chunk.length
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy()
}

function drip(response: ServerResponse): void {
  const dripping = setInterval(() => response.write('.'), DRIP_MS)
  response.once('close', () => clearInterval(dripping))
}

async function flood(response: ServerResponse): Promise<void> {
  const water = Buffer.alloc(64 * 1024, '.')
  const endless = function* () {
    for (;;) yield water
  }
  await pipeline(Readable.from(endless()), response).catch(() => {})
}

function overview(requests: readonly Received[], ms: number): string {
  const lines = requests.map(({ method, path, status }) => `\n${method} ${path}: ${status ?? 'no answer'}`)
  return `Not within ${ms} ms; ${requests.length} requests came${lines.join('')}`
}
