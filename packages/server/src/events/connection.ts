import {
  ClientFrame,
  FEEDS_PER_SOCKET,
  HEARTBEAT_MS,
  Problem,
  SUBSCRIBE_WITHIN_MS,
  closeCodes,
} from '@clawdxcraft/protocol'
import type { ServerFrame, StreamErrorCode } from '@clawdxcraft/protocol'
import type { RawData, WebSocket } from 'ws'
import type { Context } from '../context.ts'
import type { Authenticator } from '../http/auth.ts'
import { openFeed } from './feeds.ts'
import type { Feed, Watcher } from './feeds.ts'
import type { LoggedEvent, Tailer } from './tailer.ts'

// Above this the socket is not given more; what it has not got waits in the log.
const BUFFER_MAX = 256 * 1024
const SLOW_MS = 60_000
const DRAIN_CHECK_MS = 20
const FRAMES_WAITING_MAX = 100

export interface Connection {
  start(query: URLSearchParams): void
  heartbeat(): void
  close(code: number, reason: string): void
  /** Closes and resolves when the other side has closed too, or did not care to. */
  leave(code: number, reason: string): Promise<void>
  tokenHash(): Buffer | undefined
  /** Tells whose connection it is, for counting them. */
  watcherKey(): string | undefined
}

interface Parts {
  readonly client: WebSocket
  readonly context: Context
  readonly authenticator: Authenticator
  readonly tailer: Tailer
  watcher: Watcher
}

type Subscribe = Extract<ClientFrame, { op: 'subscribe' }>

/** One socket: its feeds, and a cursor that it moves along the log at its own pace. */
export function createConnection(parts: Parts): Connection {
  const { client, context, tailer } = parts
  const over = new AbortController()
  const feeds = new Map<string, { feed: Feed; last: number }>()
  let cursor = tailer.head
  let isPumping = false
  let waitingFrames = 0
  let work: Promise<void> = Promise.resolve()
  let expiry: NodeJS.Timeout | undefined
  let isAnswering = true

  const send = (frame: ServerFrame) => client.send(JSON.stringify(frame))
  const fail = (code: StreamErrorCode) => send({ op: 'error', code })
  const close = (code: number, reason: string) => {
    over.abort()
    client.close(code, reason)
  }

  const silence = setTimeout(() => close(closeCodes.forbidden, 'no token came'), SUBSCRIBE_WITHIN_MS)
  client.on('close', () => {
    over.abort()
    clearTimeout(silence)
    clearTimeout(expiry)
  })
  client.on('error', () => client.terminate())
  client.on('pong', () => {
    isAnswering = true
  })
  client.on('message', (data: RawData, isBinary: boolean) => {
    if (++waitingFrames > FRAMES_WAITING_MAX) return close(closeCodes.tooMany, 'too many frames')
    // One frame after the other: an unsubscribe must not overtake its subscribe.
    work = work
      .then(() => receive(data, isBinary))
      .catch(giveUp)
      .finally(() => waitingFrames--)
  })

  function admit(watcher: Watcher): void {
    clearTimeout(silence)
    parts.watcher = watcher
    if (watcher?.kind !== 'bot') return
    clearTimeout(expiry)
    expiry = setTimeout(() => close(closeCodes.expired, 'token expired'), watcher.expiresAt - Date.now())
  }

  async function receive(data: RawData, isBinary: boolean): Promise<void> {
    const frame = isBinary ? undefined : parseFrame(String(data as Buffer))
    if (frame === undefined) return fail('bad_frame')
    if (frame === 'unknown_op') return fail('unknown_op')
    if (frame.op === 'subscribe') return subscribe(frame)
    if (frame.op === 'unsubscribe') for (const name of frame.feeds) feeds.delete(name)
  }

  async function subscribe(frame: Subscribe): Promise<void> {
    if (!(await mayWatch(frame.token))) return
    clearTimeout(silence)
    if (frame.epoch !== undefined && frame.epoch !== tailer.epoch) return fail('epoch_mismatch')
    const wanted = await openAll(frame.feeds ?? [])
    if (!wanted) return fail('unknown_feed')
    if (frame.cursor !== undefined && !(await moveTo(Number(frame.cursor)))) return
    for (const feed of wanted) await join(feed)
    if (isPumping || feeds.size === 0) return
    isPumping = true
    pump().catch(giveUp)
  }

  async function mayWatch(token: string | undefined): Promise<boolean> {
    if (token === undefined && (parts.watcher || context.config.publicDashboard)) return true
    if (token !== undefined && (await acceptToken(token))) return true
    fail('unauthorized')
    if (token !== undefined) close(closeCodes.forbidden, 'bad token')
    return false
  }

  function giveUp(error: unknown): void {
    if (over.signal.aborted) return
    context.log.warn({ err: error }, 'a live feed failed')
    close(closeCodes.overloaded, 'try again')
  }

  /** All of the feeds, or nothing where one of them does not exist for this watcher. */
  async function openAll(names: readonly string[]): Promise<Feed[] | undefined> {
    if (new Set([...feeds.keys(), ...names]).size > FEEDS_PER_SOCKET) return undefined
    const opened = await Promise.all(names.map((name) => openFeed(context.pool, name, parts.watcher)))
    const found = opened.filter((feed) => feed !== undefined)
    return found.length === names.length ? found : undefined
  }

  async function join(feed: Feed): Promise<void> {
    // The cursor may move while the log is asked where the feed stands at it.
    for (let at = -1; at !== cursor;) {
      at = cursor
      const last = await feed.lastUpTo(at)
      if (at === cursor) feeds.set(feed.name, { feed, last })
    }
  }

  async function acceptToken(token: string): Promise<boolean> {
    try {
      const actor = await parts.authenticator.identifyToken(token)
      // A fresh token extends the socket; it does not hand it to someone else.
      const { watcher } = parts
      if (watcher && (watcher.kind !== actor.kind || keyOf(watcher) !== keyOf(actor))) return false
      admit(actor)
      return true
    } catch (error) {
      if (error instanceof Problem) return false
      throw error
    }
  }

  async function moveTo(wanted: number): Promise<boolean> {
    if (wanted > tailer.head) {
      fail('future_cursor')
      return false
    }
    const oldest = await tailer.oldest()
    cursor = Math.max(wanted, oldest - 1)
    if (wanted < oldest - 1) send({ op: 'info', code: 'outdated_cursor', oldest: String(oldest) })
    for (const entry of feeds.values()) entry.last = await entry.feed.lastUpTo(cursor)
    return true
  }

  async function pump(): Promise<void> {
    while (!over.signal.aborted) {
      const events = await tailer.after(cursor)
      if (events.length === 0) await tailer.grown(HEARTBEAT_MS, over.signal)
      for (const event of events) {
        // A subscribe with a cursor may have moved it meanwhile.
        if (event.seq !== cursor + 1) break
        deliver(event)
        cursor = event.seq
        if (client.bufferedAmount > BUFFER_MAX) await drained()
      }
    }
  }

  function deliver(event: LoggedEvent): void {
    const prev: Record<string, string> = {}
    let isWanted = false
    for (const entry of feeds.values()) {
      if (!entry.feed.matches(event)) continue
      prev[entry.feed.name] = String(entry.last)
      entry.last = event.seq
      isWanted = true
    }
    if (!isWanted || over.signal.aborted) return
    client.send(`{"op":"event","seq":"${event.seq}","prev":${JSON.stringify(prev)},"event":${event.text}}`)
    context.metrics.frames.inc()
  }

  async function drained(): Promise<void> {
    const deadline = Date.now() + SLOW_MS
    while (client.bufferedAmount > BUFFER_MAX / 2 && !over.signal.aborted) {
      if (Date.now() > deadline) return close(closeCodes.tooSlow, 'too slow')
      await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS))
    }
  }

  return {
    close,
    start(query) {
      cursor = tailer.head
      tailer
        .oldest()
        .then((oldest) => {
          send({
            op: 'hello',
            epoch: tailer.epoch,
            head: String(cursor),
            oldest: String(oldest),
            heartbeat_ms: HEARTBEAT_MS,
          })
          if (parts.watcher) admit(parts.watcher)
          const names = query.get('feeds')
          if (names === null) return undefined
          const wanted = query.get('cursor')
          const text = JSON.stringify({
            op: 'subscribe',
            feeds: names.split(','),
            ...(wanted !== null && { cursor: wanted }),
          })
          return receive(Buffer.from(text), false)
        })
        .catch(() => close(closeCodes.overloaded, 'try again'))
    },
    heartbeat() {
      if (!isAnswering) return client.terminate()
      isAnswering = false
      client.ping()
      if (client.bufferedAmount < BUFFER_MAX) send({ op: 'heartbeat', head: String(tailer.head) })
    },
    leave(code, reason) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => client.terminate(), 1_000)
        client.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        close(code, reason)
      })
    },
    tokenHash: () => (parts.watcher?.kind === 'bot' ? parts.watcher.tokenHash : undefined),
    watcherKey: () => (parts.watcher ? keyOf(parts.watcher) : undefined),
  }
}

function keyOf(watcher: NonNullable<Watcher>): string {
  return watcher.kind === 'bot' ? watcher.id : 'human'
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
