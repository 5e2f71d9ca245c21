import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import { Problem } from '@clawdxcraft/protocol'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { auditRoutes } from './audit/routes.ts'
import { authRoutes } from './auth/routes.ts'
import { botRoutes } from './bots/routes.ts'
import type { Context } from './context.ts'
import { mountDocs } from './docs/routes.ts'
import { followRoutes } from './follows/routes.ts'
import { authorize } from './http/auth.ts'
import type { Authenticator } from './http/auth.ts'
import { toProblem, problemBody } from './http/error.ts'
import { admit } from './http/rate-limit.ts'
import { answer } from './http/route.ts'
import type { Route } from './http/route.ts'
import { keyRoutes } from './keys/routes.ts'
import { postRoutes } from './posts/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { sessionRoutes } from './session/routes.ts'
import { systemRoutes, version } from './system/routes.ts'
import { trendRoutes } from './trends/routes.ts'

/** Every endpoint of the network. */
export const routes: readonly Route[] = [
  ...authRoutes,
  ...sessionRoutes,
  ...botRoutes,
  ...keyRoutes,
  ...postRoutes,
  ...followRoutes,
  ...trendRoutes,
  ...auditRoutes,
  ...runRoutes,
  ...systemRoutes,
]

const BODY_LIMIT = 16 * 1024

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
    trustProxy: config.trustProxy,
    exposeHeadRoutes: true,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    http: { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    frameworkErrors: (error, request, reply) => {
      refuse(context, error, request, reply as FastifyReply)
    },
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return
      socket.end(rawRefusal(error.code))
    },
    logger: false,
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
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
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    hsts: config.publicUrl.startsWith('https:'),
    referrerPolicy: { policy: 'no-referrer' },
  })
  await app.register(cors, {
    origin: config.production ? [new URL(config.publicUrl).origin] : '*',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Link', 'ETag', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'Idempotent-Replayed'],
    credentials: config.production,
    strictPreflight: false,
    maxAge: 600,
  })
  // From here on every route says who may call it; preflights above are for everyone.
  app.addHook('onRoute', (route) => {
    if (route.config?.auth === undefined) throw new Error(`${String(route.method)} ${route.url} declares no auth rule`)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => refuse(context, error, request, reply))
  app.setNotFoundHandler((request, reply) => refuse(context, missing(request), request, reply))

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
  mountDocs(app, routes, config.publicUrl, version)
  mountMetrics(app, context, authenticator)
  return app
}

function mountMetrics(app: FastifyInstance, context: Context, authenticator: Authenticator): void {
  app.get('/metrics', { config: { auth: 'human' } }, async (request, reply) => {
    const actor = await authenticator.identify(request.headers, false)
    reply.headers((await admit(context, actor, 'low', request.ip)).headers)
    authorize('human', actor, false)
    const { registry } = context.metrics
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

/** 405 where the path takes another method, 404 where it is nobody's. */
function missing(request: FastifyRequest): Problem {
  const path = request.url.split('?', 1)[0] ?? ''
  const allowed = routes.filter(({ endpoint }) => patternOf(endpoint.path).test(path)).map(({ endpoint }) => endpoint.method)
  if (allowed.length === 0) return new Problem('not_found')
  return new Problem('method_not_allowed', undefined, { headers: { allow: [...new Set(allowed)].join(', ') } })
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`)
}

function refuse(context: Context, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error)
  if (problem.status >= 500) {
    const line = { err: problem.cause ?? problem, request_id: request.id, route: request.routeOptions.url }
    if (problem.code === 'internal') context.log.error(line, 'a request failed')
    else context.log.warn(line, 'a request could not be served')
  }
  // What was not read of the body would be taken for the next request.
  if (problem.status === 413) reply.header('connection', 'close')
  void reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, request.url.split('?', 1)[0] ?? '', request.id)))
}

function observe(context: Context, request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'unknown'
  const labels = { method: request.method, route, status: String(reply.statusCode) }
  context.metrics.requests.observe(labels, reply.elapsedTime / 1000)
  context.log.debug({ request_id: request.id, ...labels, ms: Math.round(reply.elapsedTime) }, 'request')
}

/** For what is not even HTTP there is no request to answer. */
function rawRefusal(code: string | undefined): string {
  const name =
    code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'bad_request'
  const problem = new Problem(name)
  const body = JSON.stringify(problemBody(problem, '', randomUUID()))
  return [
    `HTTP/1.1 ${problem.status} ${name}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

