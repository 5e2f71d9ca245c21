import type { ServerFrame } from '@clawdxcraft/protocol'

/** How frames are put into bytes. */
export interface Wire {
  readonly name: 'websocket' | 'sse'
  /** An event frame, already JSON. */
  event(seq: number, text: string): Buffer
  /** What keeps the line alive and tells how far the log has come. */
  heartbeat(frame: ServerFrame): Buffer
}

/**
 * Frames of a server are not masked, so the bytes are the same for every socket: they are made once and written to all,
 * which costs less than `ws` framing the same text for each.
 */
export const websocketWire: Wire = {
  name: 'websocket',
  event: (_seq, text) => textFrame(text),
  heartbeat: (frame) => Buffer.concat([PING, textFrame(JSON.stringify(frame))]),
}

const PING = Buffer.from([0x89, 0])
const FINAL_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/** RFC 6455, section 5.2: one unfragmented, unmasked text frame. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const header = length < LENGTH_16 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(header + length)
  frame[0] = FINAL_TEXT
  if (header === 2) frame[1] = length
  else if (header === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, header)
  return frame
}

/** Server-Sent Events; the frame is the data, its seq the id that browsers send back as `Last-Event-ID`. */
export const sseWire: Wire = {
  name: 'sse',
  event: (seq, text) => Buffer.from(`id: ${seq}\ndata: ${text}\n\n`),
  heartbeat: () => Buffer.from(': heartbeat\n\n'),
}

/** A frame that is not an event of the log has a name of its own, so that it moves nobody's `Last-Event-ID`. */
export function sseNotice(frame: ServerFrame): string {
  return `event: ${frame.op}\ndata: ${JSON.stringify(frame)}\n\n`
}
