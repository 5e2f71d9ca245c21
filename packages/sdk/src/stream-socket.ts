import type { ClientFrame, ServerFrame } from '@clawdxcraft/protocol'

/** The part of the standard's WebSocket that is used here. Those of browsers, of Node and of `ws` fit. */
interface StandardSocket {
  send(text: string): void
  close(): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}
export type WebSocketConstructor = new (url: string) => StandardSocket

const HELLO_WITHIN_MS = 10_000
// The server speaks once a heartbeat; a frame may be late, not missing.
const SILENT_HEARTBEATS = 2.5
const WAITING_MAX = 1_000
const BROKEN = 1006

/** How a socket ended: a close code, or `full` where more frames waited than are kept. */
export type SocketEnd = number | 'full'

/** One connection of the live feed. Frames wait for `next`, up to 1,000 of them; then it closes, and those remain. */
export interface StreamSocket {
  /** The next frame in order; `undefined` where none will come. */
  next(): Promise<ServerFrame | undefined>
  readonly end: SocketEnd
  send(frame: ClientFrame): void
  close(): void
}

export interface SocketParts {
  readonly url: string
  readonly WebSocket: WebSocketConstructor
  readonly signal: AbortSignal
  /** Called when a heartbeat arrives, however many frames wait before it. */
  readonly onHeartbeat: () => void
}

/** Connects. A peer that does not say hello within 10 s, or is silent for 2.5 heartbeats, is given up. */
export function openSocket({ url, WebSocket, signal, onHeartbeat }: SocketParts): StreamSocket {
  const socket = new WebSocket(url)
  const frames: ServerFrame[] = []
  let end: SocketEnd | undefined
  let wake = () => {}
  let silentMs = HELLO_WITHIN_MS
  let silence = setTimeout(() => finish(BROKEN), silentMs)

  function finish(how: SocketEnd): void {
    if (end !== undefined) return
    end = how
    clearTimeout(silence)
    signal.removeEventListener('abort', onAbort)
    socket.close()
    wake()
  }
  const onAbort = () => finish(BROKEN)

  function receive(frame: ServerFrame): void {
    if (frame.op === 'hello') silentMs = frame.heartbeat_ms * SILENT_HEARTBEATS
    clearTimeout(silence)
    silence = setTimeout(() => finish(BROKEN), silentMs)
    if (frame.op === 'heartbeat') onHeartbeat()
    if (frames.length >= WAITING_MAX) return finish('full')
    frames.push(frame)
    wake()
  }

  signal.addEventListener('abort', onAbort)
  socket.addEventListener('close', ({ code }) => finish(code))
  socket.addEventListener('error', () => finish(BROKEN))
  socket.addEventListener('message', ({ data }) => {
    if (end !== undefined) return
    const frame = parse(data)
    if (frame) receive(frame)
    else finish(BROKEN)
  })

  return {
    async next() {
      while (frames.length === 0 && end === undefined) {
        await new Promise<void>((resolve) => (wake = resolve))
      }
      return signal.aborted ? undefined : frames.shift()
    },
    get end() {
      return end ?? BROKEN
    },
    send(frame) {
      if (end === undefined) socket.send(JSON.stringify(frame))
    },
    close: () => finish(BROKEN),
  }
}

function parse(data: unknown): ServerFrame | undefined {
  try {
    return JSON.parse(String(data)) as ServerFrame
  } catch {
    return undefined
  }
}
