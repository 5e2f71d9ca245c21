import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

const LIMIT_MS = 10_000

export interface Frame {
  readonly op: string
  readonly code?: string
  readonly seq?: string
  readonly head?: string
  readonly oldest?: string
  readonly event?: { readonly data: { readonly id?: string } }
}

/** A socket whose frames are looked at one by one. */
export interface Socket {
  readonly raw: WebSocket
  send(frame: object): void
  /** The next frame of that kind; those before it are passed over. */
  next(op: string): Promise<Frame>
}

export async function openSocket(url: string, token: string): Promise<Socket> {
  const raw = new WebSocket(`${url}/ws/feed`, {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: LIMIT_MS,
  })
  const frames: Frame[] = []
  let arrived = Promise.withResolvers<void>()
  raw.on('message', (data) => {
    frames.push(JSON.parse(String(data as Buffer)) as Frame)
    arrived.resolve()
    arrived = Promise.withResolvers()
  })
  await once(raw, 'open')
  raw.on('error', () => {})
  return {
    raw,
    send: (frame) => raw.send(JSON.stringify(frame)),
    async next(op) {
      const deadline = performance.now() + LIMIT_MS
      for (;;) {
        const frame = frames.shift()
        if (frame?.op === op) return frame
        if (performance.now() > deadline) throw new Error(`No frame "${op}" came`)
        if (!frame) await Promise.race([arrived.promise, sleep(100)])
      }
    },
  }
}
