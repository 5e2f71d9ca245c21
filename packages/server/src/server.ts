import type { AddressInfo } from 'node:net'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { openContext } from './context.ts'
import type { Context, ServingRole } from './context.ts'
import { settleEpoch } from './events/epoch.ts'
import { mountEventStream } from './events/sse.ts'
import { openStream } from './events/stream.ts'
import { openTailer } from './events/tailer.ts'
import { takeUpgrades } from './events/websocket.ts'
import { createAuthenticator } from './http/auth.ts'
import { silentEnder } from './http/hang-up.ts'
import type { Log } from './log.ts'
import { isSampleWanted, keepSample } from './sample/keeper.ts'
import { loadAdminToken } from './secrets.ts'
import type { AdminToken } from './secrets.ts'
import { runWorker } from './worker.ts'

export interface ServerOptions {
  readonly config: Config
  readonly databaseUrl: string
  readonly log: Log
  readonly role: ServingRole
}

/** What a worker has not. */
export interface RunningApi {
  readonly port: number
  readonly adminToken: AdminToken
  /** Whether the sample bots are about to live beside it. */
  readonly isSampleWanted: boolean
}

export interface RunningServer {
  readonly context: Context
  readonly api: RunningApi | undefined
  /** Stops taking requests, answers those that it has, says goodbye to sockets, ends its loops. */
  close(): Promise<void>
}

/** Starts one process of the network over a migrated database. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { role } = options
  const context = await openContext(options)
  const loops = new AbortController()
  const listening = context.bus.listen(loops.signal)
  const worker = role === 'api' ? Promise.resolve() : runWorker(context, loops.signal)
  const api = role === 'worker' ? undefined : await openApi(context, loops.signal).catch(abandon)

  async function abandon(error: unknown): Promise<never> {
    loops.abort()
    await Promise.all([worker, listening])
    await context.close()
    throw error
  }

  return {
    context,
    api,
    async close() {
      // While it is answered still.
      await api?.endSample()
      context.draining = true
      await api?.close()
      loops.abort()
      await Promise.all([worker, listening, api?.tailing])
      await context.close()
    },
  }
}

async function openApi(context: Context, signal: AbortSignal) {
  // Whoever resumes must hear of a restored backup before anything else.
  await settleEpoch(context.pool)
  const tailer = await openTailer(context)
  const sampleWanted = await isSampleWanted(context)
  // A new token is told once: not before all that may have to be tried again.
  const adminToken = await loadAdminToken(context.config)
  const authenticator = createAuthenticator(context, adminToken.value)
  const app = await createApp(context, authenticator)
  const stream = openStream(context, authenticator, tailer)
  takeUpgrades(app.server, context, authenticator, stream)
  mountEventStream(app, { context, authenticator }, stream)
  const endSilent = silentEnder(app.server)
  await app.listen({ host: context.config.host, port: context.config.port })
  const tailing = tailer.run(signal)
  const living = new AbortController()
  const sample = keepSample(context, adminToken.value, living.signal)
  const { port } = app.server.address() as AddressInfo
  return {
    port,
    adminToken,
    isSampleWanted: sampleWanted,
    tailing,
    async endSample() {
      living.abort()
      await sample
    },
    async close() {
      await stream.close()
      const closed = app.close()
      endSilent()
      await closed
    },
  }
}
