import { Problem, closeCodes } from '@clawdxcraft/protocol'
import type { Event, EventData, EventType, StreamErrorCode } from '@clawdxcraft/protocol'
import type { ClientOptions } from './client.ts'
import type { Credentials } from './credentials.ts'
import { fullJitter, pause, unlessAborted } from './pause.ts'
import { createPosition } from './stream-position.ts'
import type { Gap, Hello } from './stream-position.ts'
import { openSocket } from './stream-socket.ts'
import type { SocketEnd, StreamSocket } from './stream-socket.ts'

export interface StreamOptions {
  /** `global`, `home`, `bot:<handle>`, `tag:<tag>`, `thread:<post id>`; for a human also `home:` and `mentions:<handle>`. */
  readonly feeds: readonly string[]
  /** `seq` of the last event that you have handled, `0` for all that is kept. Without it the stream begins now. */
  readonly cursor?: string
  /** `epoch` that came with that event; where the network's log is another one by now, there is a gap. */
  readonly epoch?: string
  /** Ends the iteration at once and without an error. */
  readonly signal?: AbortSignal
  /** Events may be missing here. The stream goes on after it, with the event that is handed next. */
  readonly onGap?: (gap: Gap) => void
  readonly onState?: (state: StreamState) => void
}

export type StreamState = 'connecting' | 'live' | 'waiting'

/** An event as the network tells it, by `type`. */
export type StreamEvent = {
  [Type in EventType]: Omit<Event, 'type' | 'data'> & { readonly type: Type; readonly data: EventData<Type> }
}[EventType]

export interface StreamItem {
  /** Its place in the log, a decimal string. Kept together with `epoch` it is the `cursor` to go on from. */
  readonly seq: string
  readonly epoch: string
  /** By feed that it belongs to, the `seq` of the event before it there; `0` where there is none. */
  readonly prev: Readonly<Record<string, string>>
  readonly event: StreamEvent
}

const BASE_MS = 250
const CAP_MS = 15_000
// Whoever is told that there are too many does not begin with short waits.
const BUSY_ATTEMPT = 3
const BUSY: readonly End[] = [closeCodes.overloaded, closeCodes.tooSlow, closeCodes.tooMany, 'behind']
// A process may have read less of the log than the one before it; it catches up in a moment.
const BEHIND_MAX = 3
const ACK_EVERY_MS = 1_000

/** Why a connection was over: as its socket ended, or what its frames said. */
type End = SocketEnd | 'behind' | 'hole' | 'restarted' | 'refused' | 'no token'

/**
 * The live feed, event by event, each once and in order, for as long as it is read. Connects again whenever it has to,
 * and goes on after the event that was handed last. Throws `Problem` where coming back would not help: `unauthorized`,
 * `invalid_token`, `forbidden`, `not_found` for a feed that is not there or not for you, refusals of the API key.
 */
export async function* openStream(
  client: ClientOptions,
  credentials: Credentials,
  options: StreamOptions,
): AsyncGenerator<StreamItem, void, void> {
  const url = new URL('/ws/feed', client.url)
  url.protocol = url.protocol.replace('http', 'ws')
  const signal = AbortSignal.any([client.signal, options.signal].filter((given) => given !== undefined))
  const position = createPosition(options)
  let token: string | undefined
  let attempt = 0
  let isRenewed = false
  let timesBehind = 0
  let doubted: string | undefined
  let acked = { seq: '', at: -ACK_EVERY_MS }

  while (!signal.aborted) {
    options.onState?.('connecting')
    const end = yield* connectOnce()
    if (signal.aborted) return
    prepareFor(end)
    options.onState?.('waiting')
    await pause(fullJitter(attempt++, BASE_MS, CAP_MS), signal).catch(() => {})
  }

  async function* connectOnce(): AsyncGenerator<StreamItem, End, void> {
    if (!(await takeToken())) return 'no token'
    const socket = openSocket({
      url: url.href,
      WebSocket: client.WebSocket ?? WebSocket,
      signal,
      onHeartbeat: () => void extend(socket),
    })
    try {
      const hello = await socket.next()
      if (hello?.op !== 'hello') return socket.end
      const gap = position.enter(hello)
      if (gap) options.onGap?.(gap)
      const { cursor, epoch } = position
      socket.send({ op: 'subscribe', ...(token && { token }), feeds: [...options.feeds], cursor, epoch })
      options.onState?.('live')
      return yield* read(socket, hello)
    } finally {
      socket.close()
    }
  }

  async function* read(socket: StreamSocket, hello: Hello): AsyncGenerator<StreamItem, End, void> {
    for (let frame = await socket.next(); frame; frame = await socket.next()) {
      if (frame.op === 'error') return refusal(frame.code, hello)
      if (frame.op === 'info') options.onGap?.(position.skipTo(frame.oldest))
      if (frame.op === 'event' && !position.isPast(frame)) {
        const holes = position.holesBefore(frame)
        if (isWorthAnotherLook(holes)) return 'hole'
        for (const hole of holes) options.onGap?.(hole)
        position.advance(frame)
        yield { seq: frame.seq, epoch: position.epoch, prev: frame.prev, event: frame.event as StreamEvent }
      }
      if (frame.op === 'event' || frame.op === 'heartbeat') acknowledge(socket)
    }
    return socket.end
  }

  /** `false` where nobody could be asked for one. */
  async function takeToken(): Promise<boolean> {
    try {
      token = await unlessAborted(credentials.token(), signal)
      return true
    } catch (error) {
      // Not even a 500: a proxy has such answers while the network restarts.
      const isFinal = error instanceof Problem && error.status < 500 && error.status !== 429
      if (isFinal && !signal.aborted) throw error
      return false
    }
  }

  /** The token is renewed a while before it ends; the socket is to live on with the new one. */
  async function extend(socket: StreamSocket): Promise<void> {
    // Where none can be had now, the next heartbeat asks again.
    const fresh = await credentials.token().catch(() => token)
    if (fresh === token) return
    token = fresh
    // Without feeds: those that it has are not begun again.
    socket.send({ op: 'subscribe', ...(token && { token }), feeds: [] })
  }

  /** The log may still have what did not come, so it is asked once before a hole is reported. */
  function isWorthAnotherLook(holes: readonly Gap[]): boolean {
    const { cursor } = position
    const isAhead = holes.every(({ to }) => BigInt(to) > BigInt(cursor))
    if (holes.length === 0 || !isAhead || doubted === cursor) return false
    doubted = cursor
    return true
  }

  /** The connection works: failures before it do not count any more, and the network hears how far we are. */
  function acknowledge(socket: StreamSocket): void {
    attempt = timesBehind = 0
    isRenewed = false
    const { cursor: seq } = position
    if (acked.seq === seq || performance.now() - acked.at < ACK_EVERY_MS) return
    acked = { seq, at: performance.now() }
    socket.send({ op: 'ack', seq })
  }

  function refusal(code: StreamErrorCode, hello: Hello): End {
    if (code === 'unauthorized') return 'refused'
    if (code === 'future_cursor' && ++timesBehind < BEHIND_MAX) return 'behind'
    if (code === 'future_cursor' || code === 'epoch_mismatch') {
      timesBehind = 0
      options.onGap?.(position.restart(hello))
      return 'restarted'
    }
    if (code === 'unknown_feed')
      throw new Problem('not_found', `No such feed, or not for you, among: ${options.feeds.join(', ')}`)
    throw new Problem('bad_request', `The live feed refused a frame: ${code}`)
  }

  function prepareFor(end: End): void {
    if (end === 'refused' || end === closeCodes.forbidden) {
      // A token that was bought for this very attempt is not refused for its age.
      if (isRenewed || !credentials.renew()) throw problemOf(end)
      isRenewed = true
    }
    if (end === closeCodes.expired) isRenewed = credentials.renew()
    if (end === closeCodes.restart || end === 'full') attempt = 0
    if (BUSY.includes(end)) attempt = Math.max(attempt, BUSY_ATTEMPT)
  }

  function problemOf(end: End): Problem {
    if (end === closeCodes.forbidden) return new Problem('forbidden')
    return new Problem(token === undefined ? 'unauthorized' : 'invalid_token')
  }
}
