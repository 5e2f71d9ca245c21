import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, closeCodes } from '@clawdxcraft/protocol'
import { WebSocketServer } from 'ws'
import type { Context } from '../context.ts'
import { refuseForeignOrigin } from '../http/auth.ts'
import type { Actor, Authenticator } from '../http/auth.ts'
import { toProblem } from '../http/error.ts'
import { refuseSocket } from '../http/hang-up.ts'
import { Connection, FeedSocket } from './connection.ts'
import type { Stream } from './stream.ts'

const PATH = '/ws/feed'
const FRAME_MAX = 64 * 1024

/** Takes upgrades of `/ws/feed`. */
export function takeUpgrades(
  server: Server,
  context: Context,
  authenticator: Authenticator,
  stream: Stream,
): void {
  const parts = { context, authenticator, stream }
  const sockets = new WebSocketServer({
    WebSocket: FeedSocket,
    noServer: true,
    clientTracking: false,
    maxPayload: FRAME_MAX,
    perMessageDeflate: false,
  })

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (url?.pathname !== PATH) throw new Problem('not_found')
    if (request.method !== 'GET')
      throw new Problem('method_not_allowed', undefined, { headers: { allow: 'GET' } })
    if (context.draining) throw new Problem('unavailable', 'Shutting down')
    const actor = await identify(request)
    await stream.tailer.caughtUp()
    sockets.handleUpgrade(request, socket, head, (client) => {
      socket.off('error', onError)
      const connection = new Connection(parts, client, socket)
      const refused = stream.join(connection)
      if (refused !== undefined) return connection.close(refused, 'overloaded')
      // Whoever comes while the others are shown out.
      if (context.draining) return connection.close(closeCodes.restart, 'restart')
      connection.start(actor.kind === 'anonymous' ? undefined : actor, url.searchParams)
    })
  }

  async function identify({ headers }: IncomingMessage): Promise<Actor> {
    const actor = await authenticator.identify(headers, false)
    // A page of another site can open a socket with the visitor's cookie, and every browser says whose page it is.
    if (actor.kind === 'human' && actor.sessionHash) {
      if (headers.origin === undefined) throw new Problem('origin_refused')
      refuseForeignOrigin(headers, context.config.publicUrl)
    }
    return actor
  }

  // What is wrong with the upgrade itself; the library's own words are not a problem's.
  sockets.on('wsClientError', (error, socket) =>
    refuseSocket(socket, new Problem('bad_request', error.message), PATH),
  )
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', onError)
    const instance = request.url?.split('?', 1)[0]
    upgrade(request, socket, head).catch((error: unknown) => refuseSocket(socket, toProblem(error), instance))
  })
}

/** Until the library listens itself. */
function onError(this: Duplex): void {
  this.destroy()
}
