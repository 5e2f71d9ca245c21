import type { Duplex } from 'node:stream'
import {
  ClientFrame,
  FEEDS_PER_SOCKET,
  HEARTBEAT_MS,
  Problem,
  SUBSCRIBE_WITHIN_MS,
  closeCodes,
} from '@clawdxcraft/protocol'
import type { ServerFrame, StreamErrorCode } from '@clawdxcraft/protocol'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import type { Context } from '../context.ts'
import type { Authenticator } from '../http/auth.ts'
import { openFeeds } from './feeds.ts'
import type { Watcher } from './feeds.ts'
import type { Reader, Sink } from './reader.ts'
import { keyOf } from './stream.ts'
import type { Member, Stream } from './stream.ts'
import { websocketWire } from './wires.ts'

const FRAMES_WAITING_MAX = 100
const WAITING_MAX = 256 * 1024
const GOODBYE_MS = 1_000

/** What all live feeds of a process share. */
export interface ConnectionParts {
  readonly context: Context
  readonly authenticator: Authenticator
  readonly stream: Stream
}

type Subscribe = Extract<ClientFrame, { op: 'subscribe' }>

/** Knows whose it is, so that ten thousand that wait need no listeners of their own. */
export class FeedSocket extends WebSocket {
  connection: Connection | undefined
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  connectionOf(this)?.enqueue(data, isBinary)
}

function onPong(this: WebSocket): void {
  connectionOf(this)?.answer()
}

/** The library closes with the right code by itself, and gives up on who does not answer. */
function onError(this: WebSocket): void {
  connectionOf(this)?.reader.end()
}

function onClose(this: WebSocket): void {
  connectionOf(this)?.leaveStream()
}

const connectionOf = (client: WebSocket) => (client as FeedSocket).connection

/** A live feed over WebSocket: what the client says, and what it is told beside events. Idle, it is a few hundred bytes. */
export class Connection implements Member, Sink {
  readonly wire = websocketWire
  readonly reader: Reader
  watcher: Watcher
  until = Date.now() + SUBSCRIBE_WITHIN_MS
  readonly #parts: ConnectionParts
  readonly #client: WebSocket
  /** What the client writes to: frames that are ready go past it. */
  readonly #socket: Duplex
  #isAnswering = true
  #isIdentifying = false
  #waitingFrames = 0
  /** What was asked for, in the address perhaps, before a token came. */
  #asked: Partial<Subscribe> | undefined
  #work: Promise<void> | undefined

  constructor(parts: ConnectionParts, client: FeedSocket, socket: Duplex) {
    this.#parts = parts
    this.#client = client
    this.#socket = socket
    this.reader = parts.stream.openReader(this)
    client.connection = this
    client.on('message', onMessage).on('pong', onPong).on('error', onError).on('close', onClose)
  }

  /** Says hello, and subscribes to what the address asks for. */
  start(watcher: Watcher, query: URLSearchParams): void {
    const { tailer } = this.#parts.stream
    this.tell({
      op: 'hello',
      epoch: tailer.epoch,
      head: String(this.reader.cursor),
      oldest: String(tailer.oldest),
      heartbeat_ms: HEARTBEAT_MS,
    })
    if (watcher && !this.#admit(watcher)) return
    const feeds = query.get('feeds')?.split(',')
    if (!feeds) return
    const [cursor, epoch] = [query.get('cursor'), query.get('epoch')]
    const frame = {
      op: 'subscribe',
      feeds,
      ...(cursor !== null && { cursor }),
      ...(epoch !== null && { epoch }),
    }
    this.enqueue(Buffer.from(JSON.stringify(frame)), false)
  }

  get #isOpen(): boolean {
    return this.#client.readyState === WebSocket.OPEN
  }

  get waiting(): number {
    return this.#socket.writableLength
  }

  write(bytes: Buffer): void {
    if (this.#isOpen) this.#socket.write(bytes)
  }

  onceDrained(callback: () => void): void {
    this.#socket.once('drain', () => {
      // The ping that it could not read is still on its way.
      this.answer()
      callback()
    })
  }

  tell(frame: ServerFrame): void {
    this.#client.send(JSON.stringify(frame))
  }

  heartbeat(bytes: Buffer): void {
    // Who does not read cannot answer, and has a limit of its own.
    if (this.reader.stalledSince !== 0) return
    if (!this.#isAnswering) return this.#client.terminate()
    this.#isAnswering = false
    this.write(bytes)
  }

  expire(): void {
    if (this.watcher) this.close(closeCodes.expired, 'token expired')
    else if (!this.#isIdentifying) this.close(closeCodes.forbidden, 'no token came')
  }

  close(code: number, reason: string): void {
    this.reader.end()
    this.#client.close(code, reason)
  }

  leave(code: number, reason: string): Promise<void> {
    const client = this.#client
    return new Promise((resolve) => {
      const timer = setTimeout(() => client.terminate(), GOODBYE_MS)
      client.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.close(code, reason)
    })
  }

  answer(): void {
    this.#isAnswering = true
  }

  leaveStream(): void {
    this.#parts.stream.leave(this)
  }

  /** One frame after the other: an unsubscribe must not overtake its subscribe. */
  enqueue(data: RawData, isBinary: boolean): void {
    // Answers pile up for who asks and does not read.
    if (this.waiting > WAITING_MAX) return this.#client.terminate()
    if (++this.#waitingFrames > FRAMES_WAITING_MAX) return this.close(closeCodes.tooMany, 'too many frames')
    const before = this.#work ?? Promise.resolve()
    const mine = before
      .then(() => this.#receive(data, isBinary))
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#waitingFrames--
        if (this.#work === mine) this.#work = undefined
      })
    this.#work = mine
  }

  #giveUp(error: unknown): void {
    if (!this.#isOpen) return
    this.#parts.context.log.warn({ err: error }, 'a live feed failed')
    this.close(closeCodes.overloaded, 'try again')
  }

  async #receive(data: RawData, isBinary: boolean): Promise<void> {
    if (!this.#isOpen) return
    const frame = isBinary ? undefined : parseFrame(String(data as Buffer))
    if (frame === undefined) this.#refuse('bad_frame')
    else if (frame === 'unknown_op') this.#refuse('unknown_op')
    else if (frame.op === 'subscribe') await this.#subscribe(frame)
    else if (frame.op === 'unsubscribe') this.reader.unsubscribe(frame.feeds)
    else
      this.#parts.context.metrics.lag.observe(Math.max(0, this.#parts.stream.tailer.head - Number(frame.seq)))
  }

  #refuse(code: StreamErrorCode): void {
    this.tell({ op: 'error', code })
  }

  async #subscribe(frame: Subscribe): Promise<void> {
    const { context, stream } = this.#parts
    const { token, ...wish } = { ...this.#asked, ...frame }
    const isLetIn = await this.#mayWatch(token)
    this.#asked = isLetIn ? undefined : wish
    if (!isLetIn) return
    const { epoch, feeds: names = [], cursor } = wish
    if (epoch !== undefined && epoch !== stream.tailer.epoch) return this.#refuse('epoch_mismatch')
    if (cursor !== undefined && (await this.#isAhead(Number(cursor)))) return this.#refuse('future_cursor')
    const all = new Set([...this.reader.feeds.map((feed) => feed.name), ...names])
    const feeds = all.size <= FEEDS_PER_SOCKET && (await openFeeds(context.pool, names, this.watcher))
    if (!feeds) return this.#refuse('unknown_feed')
    if (all.size > 0) await this.reader.subscribe(feeds, cursor === undefined ? undefined : Number(cursor))
  }

  /** Another process may have been quicker to show the event of a cursor. */
  async #isAhead(cursor: number): Promise<boolean> {
    const { tailer } = this.#parts.stream
    if (cursor > tailer.head) await tailer.caughtUp()
    return cursor > tailer.head
  }

  async #mayWatch(token: string | undefined): Promise<boolean> {
    const isPublic = this.#parts.context.config.publicDashboard
    if (token === undefined && (this.watcher || isPublic)) {
      if (!this.watcher) this.until = Infinity
      return true
    }
    const watcher = token === undefined ? undefined : await this.#identify(token)
    if (watcher) return this.#admit(watcher)
    this.#refuse('unauthorized')
    if (token !== undefined) this.close(closeCodes.forbidden, 'bad token')
    return false
  }

  /** Who holds the token, if that is nobody else than whose socket this is. */
  async #identify(token: string): Promise<Watcher> {
    this.#isIdentifying = true
    try {
      const actor = await this.#parts.authenticator.identifyToken(token)
      return this.watcher && keyOf(this.watcher) !== keyOf(actor) ? undefined : actor
    } catch (error) {
      if (error instanceof Problem) return undefined
      throw error
    } finally {
      this.#isIdentifying = false
    }
  }

  /** Takes somebody in, or gives somebody more time. */
  #admit(watcher: NonNullable<Watcher>): boolean {
    // Who left while the token was looked up is counted no more.
    if (!this.#isOpen) return false
    const isNew = this.watcher === undefined
    this.watcher = watcher
    this.until = watcher.kind === 'bot' ? watcher.expiresAt : Infinity
    if (!isNew || this.#parts.stream.admit(watcher)) return true
    this.close(closeCodes.tooMany, 'too many sockets')
    return false
  }
}

function parseFrame(text: string): ClientFrame | 'unknown_op' | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const result = ClientFrame.safeParse(value)
  if (result.success) return result.data
  const op: unknown = (value as { op?: unknown } | null)?.op
  const isKnown = op === 'subscribe' || op === 'unsubscribe' || op === 'ack'
  return typeof op === 'string' && !isKnown ? 'unknown_op' : undefined
}
