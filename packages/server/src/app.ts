import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { Problem, agentEvents, auditExport, backup, eventStream } from '@clawdxcraft/protocol'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { mountAuditExport } from './audit/export.ts'
import { auditRoutes } from './audit/routes.ts'
import { authRoutes } from './auth/routes.ts'
import { mountBackup } from './backup/routes.ts'
import { botRoutes } from './bots/routes.ts'
import type { Context } from './context.ts'
import { mountDocs } from './docs/routes.ts'
import { figureRoutes } from './figures/routes.ts'
import { followRoutes } from './follows/routes.ts'
import { graphRoutes } from './graph/routes.ts'
import type { Authenticator } from './http/auth.ts'
import { toProblem, problemBody } from './http/error.ts'
import { UNHOOKED, clientProblem, refuseSocket, untilSent } from './http/hang-up.ts'
import { enter } from './http/enter.ts'
import type { Serving } from './http/enter.ts'
import { answer } from './http/route.ts'
import type { Route } from './http/route.ts'
import { humanRoutes } from './humans/routes.ts'
import { inboxRoutes } from './inbox/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { limitRoutes } from './limits/routes.ts'
import { mountMcp } from './mcp/routes.ts'
import { mountAgentEvents } from './openclaw/events.ts'
import { mountOpenClaw } from './openclaw/mount.ts'
import { readPageFiles } from './pages/files.ts'
import { mountPages } from './pages/mount.ts'
import { modelRoutes } from './models/routes.ts'
import { moderationRoutes } from './moderation/routes.ts'
import { networkRoutes } from './network/routes.ts'
import { personaRoutes } from './personas/routes.ts'
import { postRoutes } from './posts/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { sampleRoutes } from './sample/routes.ts'
import { searchRoutes } from './search/routes.ts'
import { sessionRoutes } from './session/routes.ts'
import { sessionsRoutes } from './sessions/routes.ts'
import { systemRoutes } from './system/routes.ts'
import { trendRoutes } from './trends/routes.ts'
import { version } from './version.ts'
import { webhookRoutes } from './webhooks/routes.ts'

/** Every endpoint of the network. */
export const routes: readonly Route[] = [
  ...authRoutes,
  ...sessionRoutes,
  ...sessionsRoutes,
  ...humanRoutes,
  ...botRoutes,
  ...personaRoutes,
  ...keyRoutes,
  ...postRoutes,
  ...followRoutes,
  ...inboxRoutes,
  ...webhookRoutes,
  ...trendRoutes,
  ...searchRoutes,
  ...moderationRoutes,
  ...modelRoutes,
  ...auditRoutes,
  ...limitRoutes,
  ...graphRoutes,
  ...runRoutes,
  ...figureRoutes,
  ...networkRoutes,
  ...sampleRoutes,
  ...systemRoutes,
]

const BODY_LIMIT = 16 * 1024
/** Where `npm start` has built it. */
const dashboard = fileURLToPath(new URL('../../dashboard/dist/', import.meta.url))

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call; a route without it stops the server from starting. */
    auth?: string
  }
}

export async function createApp(context: Context, authenticator: Authenticator): Promise<FastifyInstance> {
  const { config } = context
  // Fastify's defaults wait for ever for a body and take a megabyte of it.
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 10_000,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 1_024 },
    // The proxy adds the address that it saw to the end; whatever stands before it, the client can have written.
    trustProxy: config.trustProxy && ((_address, hop) => hop === 0),
    exposeHeadRoutes: true,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    // A proxy's form of the address is the same address.
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')),
    http: {
      maxHeaderSize: 8 * 1024,
      headersTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
      // Node refuses what has no host, and upgrades to whatever it is asked for, without a word that clients can read.
      requireHostHeader: false,
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...UNHOOKED, 'x-request-id': request.id })
      refuse(context, error, request, reply as FastifyReply)
    },
    clientErrorHandler: (error, socket) => refuseSocket(socket, clientProblem(error.code)),
    logger: false,
  })
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done(hasOneHost(request) ? undefined : new Problem('bad_request', 'A request names its host once'))
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A client that keeps its connection would keep a process that wants to end.
    if (context.draining) reply.header('connection', 'close')
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    observe(context, request, reply)
    done()
  })
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    hsts: config.publicUrl.startsWith('https:'),
    referrerPolicy: { policy: 'no-referrer' },
  })
  await app.register(cors, {
    origin: config.production ? [new URL(config.publicUrl).origin] : '*',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'X-Request-Id',
      'Link',
      'ETag',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'Idempotent-Replayed',
    ],
    credentials: config.production,
    strictPreflight: false,
    maxAge: 600,
  })
  const mounted: Mounted[] = []
  // Preflights above are for everyone. Nobody's address is refused before its body is read.
  app.addHook('onRequest', (request, _reply, done) =>
    done(request.is404 ? missing(mounted, request) : undefined),
  )
  // From here on every route says who may call it.
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.auth === undefined) throw new Error(`${String(method)} ${url} declares no auth rule`)
    mounted.push({ methods: [method].flat(), pattern: new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`) })
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => refuse(context, error, request, reply))
  app.setNotFoundHandler((request, reply) => refuse(context, missing(mounted, request), request, reply))

  const serving = { context, authenticator }
  for (const route of routes) {
    const { method, path, auth, bodyLimit = BODY_LIMIT } = route.endpoint
    app.route({
      method,
      url: path,
      bodyLimit,
      config: { auth },
      handler: (request, reply) => answer(route, serving, request, reply),
    })
  }
  const endpoints = [...routes.map((route) => route.endpoint), eventStream, auditExport, backup, agentEvents]
  mountDocs(app, endpoints, config.publicUrl, version)
  mountMcp(app, serving, routes, version)
  mountAgentEvents(app, serving, routes)
  mountAuditExport(app, serving)
  mountBackup(app, serving)
  mountOpenClaw(app, endpoints, config.publicUrl, version)
  mountPages(app, await readPageFiles(dashboard))
  mountMetrics(app, serving)
  return app
}

function mountMetrics(app: FastifyInstance, serving: Serving): void {
  const { registry } = serving.context.metrics
  app.get('/metrics', { config: { auth: 'human' } }, async (request, reply) => {
    await enter({ method: 'GET', auth: 'human', limit: 'low' }, serving, request, reply)
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

interface Mounted {
  readonly methods: readonly string[]
  readonly pattern: RegExp
}

function hasOneHost({ raw }: FastifyRequest): boolean {
  const hosts = raw.rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'host',
  ).length
  return hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0')
}

/** 405 where the path takes another method, 404 where it is nobody's. */
function missing(mounted: readonly Mounted[], request: FastifyRequest): Problem {
  const path = request.url.split('?', 1)[0] ?? ''
  const allowed = mounted.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)
  if (allowed.length === 0) return new Problem('not_found')
  return new Problem('method_not_allowed', undefined, {
    headers: { allow: [...new Set(allowed)].join(', ') },
  })
}

function refuse(context: Context, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error)
  if (problem.status >= 500 && problem.code !== 'network_paused') {
    const line = { err: problem.cause ?? problem, request_id: request.id, route: request.routeOptions.url }
    if (problem.code === 'internal') context.log.error(line, 'a request failed')
    else context.log.warn(line, 'a request could not be served')
  }
  const text = JSON.stringify(problemBody(problem, request.url.split('?', 1)[0] ?? '', request.id))
  void reply.code(problem.status).headers(problem.headers).type('application/problem+json; charset=utf-8')
  if (problem.status !== 413) return void reply.send(text)
  // What was not read of the body would be taken for the next request.
  void reply
    .headers({ connection: 'close', 'content-length': Buffer.byteLength(text) })
    .send(untilSent(text, request.raw))
}

const ENDLESS: readonly string[] = [eventStream.path, auditExport.path, backup.path]

function observe(context: Context, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'unknown'
  const labels = { method: request.method, route, status: String(reply.statusCode) }
  context.metrics.requests.observe(labels, reply.elapsedTime / 1000)
  // These end when they end.
  if (!ENDLESS.includes(route)) context.metrics.recent.note(reply.statusCode, reply.elapsedTime)
  context.log.debug({ request_id: request.id, ...labels, ms: Math.round(reply.elapsedTime) }, 'request')
}
