// Thousands of readers of the live feed. They count frames and parse nothing, so that they cost next to nothing.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { now } from '../clock.ts'
import { obey } from '../program.ts'

const AT_ONCE = 100
// Greetings and heartbeats are shorter than that, events longer, and none reaches 64 KiB: a header of two bytes or four.
const LONG_FRAME = 126
const PING = 9
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])

/** Where a socket is in the stream of frames: bytes left of this one's payload, and what it has of the next header. */
interface Reading {
  isOpen: boolean
  rest: number
  have: number
  readonly header: Buffer
}

// What comes is counted at once and forgotten, so all sockets may read into the same memory.
const buffer = Buffer.alloc(64 * 1024)
const sockets = new Set<Socket>()
let frames = 0
let bytes = 0
let failure: Error | undefined
let awaited: { count: number; over: (error?: Error) => void } | undefined

const orders = {
  /** Opens sockets; the tokens take turns. Stalled ones read nothing but their upgrade. */
  async open(to: {
    url: string
    path: string
    tokens: readonly string[]
    sockets: number
    isStalled?: boolean
  }): Promise<void> {
    let next = 0
    const worker = async () => {
      while (next < to.sockets) {
        const socket = await open(to.url, to.path, to.tokens[next++ % to.tokens.length] ?? '')
        if (to.isStalled) socket.pause()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  },

  /** Events that came since the last call, and their bytes. */
  taken(): { frames: number; bytes: number } {
    const taken = { frames, bytes }
    frames = 0
    bytes = 0
    return taken
  },

  /** When so many events had come; waits for them. */
  async reach(count: number): Promise<number> {
    if (failure) throw failure
    if (frames >= count) return now()
    await new Promise<void>((resolve, reject) => {
      awaited = { count, over: (error) => (error ? reject(error) : resolve()) }
    })
    awaited = undefined
    return now()
  },

  /** Hangs up. */
  close(): void {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  },
}
export type Crowd = typeof orders
obey(orders)

function open(url: string, path: string, token: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const reading: Reading = { isOpen: false, rest: 0, have: 0, header: Buffer.alloc(4) }
  return new Promise((resolve, reject) => {
    const callback = (length: number) => {
      const start = reading.isOpen ? 0 : upgraded()
      if (reading.isOpen) read(socket, reading, buffer.subarray(start, length))
      return true

      function upgraded(): number {
        const text = buffer.toString('latin1', 0, length)
        const end = text.indexOf('\r\n\r\n')
        reading.isOpen = end > 0 && text.startsWith('HTTP/1.1 101')
        if (reading.isOpen) resolve(socket)
        else fail(new Error(`A socket was refused: ${text.split('\r\n', 1)[0]}`))
        return end + 4
      }
    }
    const fail = (error: Error) => {
      failure ??= error
      awaited?.over(error)
      reject(error)
    }
    const socket = connect({ host: hostname, port: Number(port), onread: { buffer, callback } })
    sockets.add(socket)
    socket.once('error', fail)
    socket.once('close', () => {
      if (sockets.delete(socket)) fail(new Error('A socket was closed by the server'))
    })
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\n` +
        `connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
        `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
  })
}

/** Hops from header to header. */
function read(socket: Socket, reading: Reading, data: Buffer): void {
  const { header } = reading
  for (let at = 0; at < data.length;) {
    const hop = Math.min(reading.rest, data.length - at)
    reading.rest -= hop
    at += hop
    if (at === data.length) return
    header[reading.have++] = data[at++] ?? 0
    const isLong = header.readUInt8(1) === LONG_FRAME
    if (reading.have < 2 || (isLong && reading.have < 4)) continue
    reading.rest = isLong ? header.readUInt16BE(2) : header.readUInt8(1)
    reading.have = 0
    if (isLong) count(4 + reading.rest)
    else if ((header.readUInt8(0) & 0x0f) === PING) socket.write(PONG)
  }
}

function count(size: number): void {
  bytes += size
  if (++frames === awaited?.count) awaited.over()
}
