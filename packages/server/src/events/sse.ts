import type { ServerResponse } from 'node:http'
import { FEEDS_PER_SOCKET, HEARTBEAT_MS, Problem, Sequence, eventStream } from '@clawdxcraft/protocol'
import type { ServerFrame } from '@clawdxcraft/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { enter } from '../http/enter.ts'
import type { Serving } from '../http/enter.ts'
import { readInput } from '../http/input.ts'
import { openFeeds } from './feeds.ts'
import type { Feed, Watcher } from './feeds.ts'
import type { Reader, Sink } from './reader.ts'
import type { Member, Stream } from './stream.ts'
import { sseNotice, sseWire } from './wires.ts'

const TYPE = 'text/event-stream; charset=utf-8'
const GOODBYE_MS = 1_000
const NO_BODY = Buffer.alloc(0)
const RETRY = { headers: { 'retry-after': '1' } }

/** `GET /posts/stream`: the live feed for whoever can read a response line by line, as `curl -N` and browsers do. */
export function mountEventStream(app: FastifyInstance, serving: Serving, stream: Stream): void {
  const { path, auth } = eventStream
  app.get(path, { config: { auth } }, async (request, reply) => {
    const { context } = serving
    const isPublic = context.config.publicDashboard
    const door = { ...eventStream, auth: isPublic ? 'optional' : auth } as const
    const actor = await enter(door, serving, request, reply)
    const watcher: Watcher = actor.kind === 'anonymous' ? undefined : actor
    const { feeds, cursor } = await readWish(serving, request, stream, watcher)
    if (request.method === 'HEAD') return reply.type(TYPE).send()
    if (context.draining) throw new Problem('unavailable', 'Shutting down', RETRY)
    const subscriber = new Subscriber(reply.raw, stream, watcher)
    if (stream.join(subscriber) !== undefined) throw new Problem('unavailable', 'Too many live feeds', RETRY)
    if (!stream.admit(watcher)) {
      stream.leave(subscriber)
      throw new Problem('rate_limited', 'Too many live feeds are open', RETRY)
    }
    // It may have hung up while all this was looked at.
    if (reply.raw.destroyed) {
      stream.leave(subscriber)
      return reply
    }
    open(reply)
    subscriber.start()
    // Who has been told hello can only be told to come back.
    await subscriber.reader.subscribe(feeds, cursor).catch(() => subscriber.close())
    return reply
  })
}

async function readWish(serving: Serving, request: FastifyRequest, stream: Stream, watcher: Watcher) {
  const { query } = (await readInput(eventStream, request, NO_BODY)) as {
    query: { feeds: string; cursor?: string; epoch?: string }
  }
  const cursor = lastEventId(request) ?? query.cursor
  if (query.epoch !== undefined && query.epoch !== stream.tailer.epoch) throw new Problem('epoch_mismatch')
  // Another process may have been quicker to show the event of this cursor.
  await stream.tailer.caughtUp()
  if (cursor !== undefined && Number(cursor) > stream.tailer.head) throw new Problem('future_cursor')
  const names = query.feeds.split(',')
  const feeds: Feed[] | undefined =
    names.length > FEEDS_PER_SOCKET ? undefined : await openFeeds(serving.context.pool, names, watcher)
  if (!feeds) throw new Problem('unknown_feed')
  return { feeds, cursor: cursor === undefined ? undefined : Number(cursor) }
}

/** What a browser sends when it comes back. It sends an empty one after a stream without events. */
function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id']
  if (id === undefined || id === '') return undefined
  const sequence = Sequence.safeParse(id)
  if (sequence.success) return sequence.data
  const errors = [
    { loc: ['header', 'last-event-id'], msg: 'Must be the id of an event', type: 'invalid_format' },
  ]
  throw new Problem('validation_failed', 'header.last-event-id: Must be the id of an event', { errors })
}

function open(reply: FastifyReply): void {
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': TYPE,
    'cache-control': 'no-store',
    // Nothing else will come over this connection, which must not keep a process that wants to end.
    connection: 'close',
    // nginx would keep events back until its buffer is full.
    'x-accel-buffering': 'no',
  })
}

class Subscriber implements Member, Sink {
  readonly wire = sseWire
  readonly reader: Reader
  readonly watcher: Watcher
  readonly until: number
  readonly #response: ServerResponse
  readonly #stream: Stream

  constructor(response: ServerResponse, stream: Stream, watcher: Watcher) {
    this.#response = response
    this.#stream = stream
    this.watcher = watcher
    this.until = watcher?.kind === 'bot' ? watcher.expiresAt : Infinity
    this.reader = stream.openReader(this)
  }

  start(): void {
    const { tailer } = this.#stream
    this.#response.once('close', () => this.#stream.leave(this))
    this.tell({
      op: 'hello',
      epoch: tailer.epoch,
      head: String(this.reader.cursor),
      oldest: String(tailer.oldest),
      heartbeat_ms: HEARTBEAT_MS,
    })
  }

  get waiting(): number {
    return this.#response.writableLength
  }

  write(bytes: Buffer | string): void {
    if (!this.#response.writableEnded) this.#response.write(bytes)
  }

  onceDrained(callback: () => void): void {
    this.#response.once('drain', callback)
  }

  tell(frame: ServerFrame): void {
    this.write(sseNotice(frame))
  }

  heartbeat(bytes: Buffer): void {
    if (this.reader.stalledSince === 0) this.write(bytes)
  }

  expire(): void {
    this.close()
  }

  /** The end of the response is all that it hears: it comes back with its last id, and a fresh token if it needs one. */
  close(): void {
    this.reader.end()
    this.#response.end()
    // Who does not read never takes what is left, and would keep its place.
    setTimeout(() => this.#response.destroy(), GOODBYE_MS).unref()
  }

  leave(): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.#response.once('close', resolve)
    })
    this.close()
    return left
  }
}
