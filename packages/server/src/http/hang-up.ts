import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@clawdxcraft/protocol'
import type { ErrorCode } from '@clawdxcraft/protocol'
import { problemBody } from './error.ts'

/** How long whoever was refused may take to read that and to hang up. */
const LINGER_MS = 1_000

/** What hardens the few answers that no hook sees, because their request was not understood. */
export const UNHOOKED = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
}

const clientErrors: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
}

/** Why Node could not make a request of what came. */
export function clientProblem(code: string | undefined): Problem {
  return new Problem(clientErrors[code ?? ''] ?? 'bad_request')
}

/** Refuses on a connection that has no request, or one that asked for an upgrade, and hangs up. */
export function refuseSocket(socket: Duplex, problem: Problem, instance = ''): void {
  if (!socket.writable) return
  const requestId = randomUUID()
  const body = JSON.stringify(problemBody(problem, instance, requestId))
  const headers = {
    ...UNHOOKED,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    connection: 'close',
    ...problem.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  )
  // The other side may keep its half open for ever.
  const cutOff = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(cutOff))
}

/**
 * A body that ends when the client has stopped sending, or after a second. To hang up on somebody who still sends resets
 * the connection, and the answer on its way is lost.
 */
export function untilSent(text: string, request: IncomingMessage): Readable {
  async function* parts() {
    yield text
    request.resume()
    await Promise.race([finished(request).catch(() => {}), sleep(LINGER_MS, undefined, { ref: false })])
  }
  return Readable.from(parts())
}

/**
 * Makes what ends connections over which nothing has come yet, as clients open them in advance. A server that closes
 * waits for them, and no longer looks at the clock.
 */
export function silentEnder(server: Server): () => void {
  const silent = new Set<Socket>()
  function onClose(this: Socket): void {
    silent.delete(this)
  }
  function onRequest({ socket }: IncomingMessage): void {
    if (silent.delete(socket)) socket.off('close', onClose)
  }
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.on('close', onClose)
  })
  server.on('request', onRequest)
  server.on('upgrade', onRequest)
  return () => {
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy()
  }
}
