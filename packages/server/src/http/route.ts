import { Problem, faultsOf } from '@clawdxcraft/protocol'
import type { BodyOf, Endpoint, Fault, OutputOf, ParamsOf, QueryOf } from '@clawdxcraft/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { transact } from '../db/transact.ts'
import { authorize } from './auth.ts'
import type { Actor, AnonymousActor, Authenticator, BotActor, HumanActor } from './auth.ts'
import { readBody } from './body.ts'
import { isKnown } from './etag.ts'
import { claimKey, claimOf, keepAnswer, keyFaults } from './idempotency.ts'
import { admit, admitKey, admitStranger } from './rate-limit.ts'

type ActorOf<E extends Endpoint> = E['auth'] extends 'bot'
  ? BotActor
  : E['auth'] extends 'human'
    ? HumanActor
    : E['auth'] extends 'bot_or_human'
      ? BotActor | HumanActor
      : E['auth'] extends 'open'
        ? AnonymousActor
        : Actor

export interface Request<E extends Endpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  readonly actor: ActorOf<E>
  /** The pool for a GET; for everything else the transaction that commits when the handler returns. */
  readonly db: Db
  readonly headers: FastifyRequest['headers']
  /** For endpoints whose caller is known by an API key: counts the request against the key's bot, or the address. */
  countKey(botId: string | undefined): Promise<void>
  /** After the commit nobody is believed here who was believed before: rights were taken away. */
  distrust(): void
}

/** An answer that is more than its body: the same thing was done before, or it carries headers. */
export class Answer<T> {
  readonly body: T
  readonly again: boolean
  readonly headers: Readonly<Record<string, string>>
  constructor(body: T, options: { again?: boolean; headers?: Record<string, string> } = {}) {
    this.body = body
    this.again = options.again ?? false
    this.headers = options.headers ?? {}
  }
}

export type Handler<E extends Endpoint, P = unknown> = (
  request: Request<E> & { readonly prepared: P },
  context: Context,
) => Promise<OutputOf<E> | Answer<OutputOf<E>>>

/** Slow work that a write needs done before its transaction, which would hold a database connection meanwhile. */
export type Preparation<E extends Endpoint, P> = (request: Omit<Request<E>, 'db'>, context: Context) => Promise<P>

export interface Route {
  readonly endpoint: Endpoint
  readonly handle: Handler<Endpoint>
  readonly prepare: Preparation<Endpoint, unknown> | undefined
}

/** Ties an endpoint of the protocol to the function that answers it. */
export function route<E extends Endpoint>(endpoint: E, handle: Handler<E>): Route {
  return { endpoint, handle: handle as unknown as Handler<Endpoint>, prepare: undefined }
}

export function preparedRoute<E extends Endpoint, P>(endpoint: E, prepare: Preparation<E, P>, handle: Handler<E, P>): Route {
  return { ...route(endpoint, handle as Handler<E>), prepare: prepare as unknown as Preparation<Endpoint, unknown> }
}

export interface Serving {
  readonly context: Context
  readonly authenticator: Authenticator
}

interface Outcome {
  readonly status: number
  readonly text: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly next?: string | null | undefined
}

const Nothing = z.strictObject({})

/** The walk of every request: who, how often, what, then the handler, in a transaction where it writes. */
export async function answer(route: Route, serving: Serving, request: FastifyRequest, reply: FastifyReply) {
  const { endpoint } = route
  // The router takes `/posts/` for a post without an id.
  if (Object.values(request.params as object).includes('')) throw new Problem('not_found')
  const actor = await enter(endpoint, serving, request, reply)
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const input = await readInput(endpoint, request, bytes)
  let isDistrusted = false
  const handed = {
    ...input,
    distrust() {
      isDistrusted = true
    },
    actor: actor as BotActor,
    headers: request.headers,
    async countKey(botId: string | undefined) {
      if (endpoint.limit === 'none') return
      reply.headers((await admitKey(serving.context, endpoint.limit, botId, request.ip)).headers)
    },
  }
  const prepared = await route.prepare?.(handed, serving.context)
  const run = async (db: Db): Promise<Outcome & { body: unknown }> => {
    const result: unknown = await route.handle({ ...handed, db, prepared }, serving.context)
    return outcomeOf(endpoint, result)
  }
  let outcome: Outcome
  if (endpoint.method === 'GET') outcome = await run(serving.context.pool)
  else {
    const claim = isIdempotent(endpoint)
      ? claimOf(request.headers['idempotency-key'], actor, request.ip, { method: request.method, url: request.url, bytes })
      : undefined
    outcome = await transact(serving.context.pool, async (tx): Promise<Outcome> => {
      const kept = claim && (await claimKey(tx, claim))
      if (kept) return { status: kept.status, text: kept.body ?? undefined, headers: { 'idempotent-replayed': 'true' } }
      const done = await run(tx)
      if (claim) await keepAnswer(tx, claim, done.status, done.body)
      return done
    })
    serving.context.written.ring()
    if (isDistrusted) serving.authenticator.forget()
  }
  return send(outcome, request, reply)
}

function isIdempotent({ method, idempotent }: Endpoint): boolean {
  return method === 'POST' && idempotent !== false
}

/** What decides who may call, and how often. */
type Door = Pick<Endpoint, 'method' | 'auth' | 'limit'>

/** Establishes who is calling and counts the call; throws what refuses it. */
export async function enter(endpoint: Door, serving: Serving, request: FastifyRequest, reply: FastifyReply): Promise<Actor> {
  const { context, authenticator } = serving
  if (endpoint.auth === 'api_key') {
    await admitStranger(context, request.ip)
    return { kind: 'anonymous' }
  }
  const actor = await identify(endpoint, serving, request)
  reply.headers((await admit(context, actor, endpoint.limit, request.ip)).headers)
  authorize(endpoint.auth, actor, context.config.openRegistration)
  if (actor.kind === 'bot' && endpoint.method !== 'GET') requireActive(endpoint, actor)
  return actor

  async function identify({ auth, method }: Door, _serving: Serving, { headers, ip }: FastifyRequest): Promise<Actor> {
    if (auth === 'open') return { kind: 'anonymous' }
    try {
      return await authenticator.identify(headers, method !== 'GET')
    } catch (error) {
      if (error instanceof Problem) await admitStranger(context, ip)
      throw error
    }
  }
}

/** A paused bot may still manage itself, and so resume; a suspended one may only look. */
function requireActive(endpoint: Door, actor: BotActor): void {
  const mayWrite = actor.status === 'active' || (actor.status === 'paused' && endpoint.auth === 'bot_or_human')
  if (!mayWrite) throw new Problem('bot_not_active', `This bot is ${actor.status}`)
}

/** Path, query and body as their schemas make them; throws everything that is wrong with all three at once. */
async function readInput(endpoint: Endpoint, request: FastifyRequest, bytes: Buffer) {
  const errors: Fault[] = []
  const take = (schema: z.ZodType, value: unknown, where: string): unknown => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    errors.push(...faultsOf(result.error, [where], value))
    return undefined
  }
  const params = take(endpoint.params ?? Nothing, request.params, 'path')
  const query = take(endpoint.query ?? Nothing, request.query, 'query')
  let body: unknown
  if (endpoint.method !== 'GET') {
    const value = await readBody(endpoint, bytes, request.headers)
    const isOptional = endpoint.body === undefined || endpoint.bodyOptional === true
    body = take(endpoint.body ?? Nothing, value === undefined && isOptional ? {} : value, 'body')
  }
  if (isIdempotent(endpoint)) errors.push(...keyFaults(request.headers['idempotency-key']))
  if (errors.length > 0) throw new Problem('validation_failed', summaryOf(errors), { errors })
  return { params: params as object, query: query as object, body }
}

function summaryOf(errors: readonly Fault[]): string {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return first ? `${first.loc.join('.')}: ${first.msg}${more}` : 'The input is not valid'
}

function outcomeOf(endpoint: Endpoint, result: unknown): Outcome & { body: unknown } {
  const { body, again, headers } = result instanceof Answer ? result : new Answer(result)
  const status = again ? (endpoint.statusAgain ?? endpoint.status) : endpoint.status
  return { status, text: body === undefined ? undefined : JSON.stringify(body), headers, next: nextOf(body), body }
}

/** The cursor of the next page, of a list or of the replies of a thread. */
function nextOf(body: unknown): string | null | undefined {
  const page = (body ?? {}) as { next_cursor?: string | null; replies?: { next_cursor?: string | null } }
  return page.next_cursor ?? page.replies?.next_cursor
}

function send(outcome: Outcome, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, text, headers, next } = outcome
  reply.code(status).headers(headers)
  if (next) reply.header('link', `<${withCursor(request.url, next)}>; rel="next"`)
  if (text === undefined) return reply.send()
  reply.header('content-type', 'application/json; charset=utf-8')
  if (request.method === 'GET' || request.method === 'HEAD') {
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'Origin, Authorization, Cookie' })
    if (isKnown(text, request, reply)) return reply.code(304).removeHeader('content-type').send()
  }
  return reply.send(text)
}

function withCursor(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return `${path}?${parameters.toString()}`
}
