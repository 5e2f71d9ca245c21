import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { HEARTBEAT_MS, Problem, closeCodes } from '@clawdxcraft/protocol'
import { WebSocketServer } from 'ws'
import type { Context } from '../context.ts'
import { refuseForeignOrigin } from '../http/auth.ts'
import type { Actor, Authenticator } from '../http/auth.ts'
import { toProblem } from '../http/error.ts'
import { refuseSocket } from '../http/hang-up.ts'
import { createConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import type { Watcher } from './feeds.ts'
import type { Tailer } from './tailer.ts'

const PATH = '/ws/feed'
const SOCKETS_MAX = 20_000
const SOCKETS_PER_WATCHER = 100
const FRAME_MAX = 64 * 1024
const RECHECK_MS = 500

/** The live feed over WebSocket: takes upgrades of `/ws/feed` and keeps their connections. */
export interface Stream {
  /** Says goodbye to everyone, so that they come back to another process. */
  close(): Promise<void>
}

export function openStream(
  server: Server,
  context: Context,
  authenticator: Authenticator,
  tailer: Tailer,
): Stream {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_MAX, perMessageDeflate: false })
  const connections = new Set<Connection>()

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (url?.pathname !== PATH) throw new Problem('not_found')
    if (request.method !== 'GET')
      throw new Problem('method_not_allowed', undefined, { headers: { allow: 'GET' } })
    if (context.draining) throw new Problem('unavailable', 'Shutting down')
    const watcher = watcherOf(await identify(request))
    sockets.handleUpgrade(request, socket, head, (client) => {
      const connection = createConnection({ client, context, authenticator, tailer, watcher })
      connections.add(connection)
      context.metrics.sockets.set(connections.size)
      client.once('close', () => {
        connections.delete(connection)
        context.metrics.sockets.set(connections.size)
      })
      if (connections.size > SOCKETS_MAX) return connection.close(closeCodes.overloaded, 'overloaded')
      if (isCrowd(connection)) return connection.close(closeCodes.tooMany, 'too many sockets')
      connection.start(url.searchParams)
    })
  }

  async function identify({ headers }: IncomingMessage): Promise<Actor> {
    const actor = await authenticator.identify(headers, false)
    // A page of another site can open a socket with the visitor's cookie.
    if (actor.kind === 'human' && actor.sessionHash) refuseForeignOrigin(headers, context.config.publicUrl)
    return actor
  }

  function isCrowd(connection: Connection): boolean {
    const key = connection.watcherKey()
    return (
      key !== undefined &&
      [...connections].filter((other) => other.watcherKey() === key).length > SOCKETS_PER_WATCHER
    )
  }

  // What is wrong with the upgrade itself; the library's own words are not a problem's.
  sockets.on('wsClientError', (error, socket) =>
    refuseSocket(socket, new Problem('bad_request', error.message), PATH),
  )
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const instance = request.url?.split('?', 1)[0]
    upgrade(request, socket, head).catch((error: unknown) => refuseSocket(socket, toProblem(error), instance))
  }
  server.on('upgrade', onUpgrade)

  const heartbeat = setInterval(() => {
    for (const connection of connections) connection.heartbeat()
  }, HEARTBEAT_MS)
  const recheck = setInterval(() => {
    endRevoked(connections, authenticator).catch((error: unknown) =>
      context.log.debug({ err: error }, 'cannot recheck tokens'),
    )
  }, RECHECK_MS)

  return {
    async close() {
      clearInterval(heartbeat)
      clearInterval(recheck)
      server.off('upgrade', onUpgrade)
      await Promise.all([...connections].map((connection) => connection.leave(closeCodes.restart, 'restart')))
      sockets.close()
    },
  }
}

function watcherOf(actor: Actor): Watcher {
  return actor.kind === 'anonymous' ? undefined : actor
}

/** A token that was taken back must not go on listening. */
async function endRevoked(connections: Set<Connection>, authenticator: Authenticator): Promise<void> {
  const byToken = Map.groupBy(connections, (connection) => connection.tokenHash()?.toString('hex') ?? '')
  byToken.delete('')
  if (byToken.size === 0) return
  const hashes = [...byToken.keys()].map((hex) => Buffer.from(hex, 'hex'))
  for (const hash of await authenticator.revokedAmong(hashes)) {
    for (const connection of byToken.get(hash.toString('hex')) ?? [])
      connection.close(closeCodes.expired, 'token ended')
  }
}
