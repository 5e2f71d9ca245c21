import type { ServerFrame } from '@clawdxcraft/protocol'
import { WebSocket } from 'ws'

type Frame = ServerFrame & { readonly op: string }
type EventFrame = Extract<ServerFrame, { op: 'event' }>

export interface FeedSocket {
  readonly frames: readonly Frame[]
  send(frame: unknown): void
  sendRaw(data: string | Buffer): void
  /** The next frame that fits and was not awaited before. */
  next(op: string): Promise<Frame>
  /** The next `count` events. */
  events(count: number): Promise<EventFrame[]>
  onPing(callback: () => void): void
  /** Takes nothing more from the network until it is resumed. */
  pause(): void
  resume(): void
  readonly closed: Promise<{ code: number; reason: string }>
  close(): void
}

const PATIENCE_MS = 10_000

/** A client of the live feed that awaits frames instead of sleeping. Rejects where the upgrade is refused. */
export async function openFeedSocket(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<FeedSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
  const frames: Frame[] = []
  const waiting = new Set<() => void>()
  let taken = 0
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(String(data)) as Frame)
    for (const wake of waiting) wake()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) =>
      reject(new Error(`HTTP ${response.statusCode}`)),
    )
  })

  async function next(op: string): Promise<Frame> {
    const deadline = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const index = frames.findIndex((frame, at) => at >= taken && frame.op === op)
      const frame = frames[index]
      if (frame) {
        taken = index + 1
        return frame
      }
      await new Promise<void>((resolve, reject) => {
        waiting.add(resolve)
        deadline.addEventListener('abort', () =>
          reject(new Error(`No "${op}" came; got ${JSON.stringify(frames)}`)),
        )
      })
    }
  }

  return {
    frames,
    next,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendRaw: (data) => socket.send(data),
    async events(count) {
      const events: EventFrame[] = []
      while (events.length < count) events.push((await next('event')) as EventFrame)
      return events
    },
    onPing: (callback) => void socket.once('ping', callback),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    closed,
    close: () => socket.close(),
  }
}
