import { Problem } from '@clawdxcraft/protocol'
import type { BodyOf, Endpoint, OutputOf, ParamsOf, QueryOf } from '@clawdxcraft/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { Db, Tx } from '../db/pool.ts'
import type { Actor, AnonymousActor, BotActor, HumanActor } from './auth.ts'
import { enter } from './enter.ts'
import type { Serving } from './enter.ts'
import { claimOf, isIdempotent, transactOnce } from './idempotency.ts'
import type { Claim } from './idempotency.ts'
import { readInput } from './input.ts'
import type { Input } from './input.ts'
import { admitKey } from './rate-limit.ts'
import { outcomeOf, send } from './reply.ts'
import type { Answer, Outcome } from './reply.ts'

type ActorOf<E extends Endpoint> = E['auth'] extends 'bot'
  ? BotActor
  : E['auth'] extends 'human' | 'admin'
    ? HumanActor
    : E['auth'] extends 'bot_or_human'
      ? BotActor | HumanActor
      : E['auth'] extends 'login'
        ? HumanActor | AnonymousActor
        : E['auth'] extends 'open'
          ? AnonymousActor
          : Actor

export interface Request<E extends Endpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  readonly actor: ActorOf<E>
  /** The pool for a GET; for everything else the transaction that commits when the handler returns. */
  readonly db: E['method'] extends 'GET' ? Db : Tx
  readonly headers: FastifyRequest['headers']
  /** For endpoints whose caller is known by an API key: counts the request against the key's bot, or the address. */
  countKey(botId: string | undefined): Promise<void>
  /** After the commit nobody is believed here who was believed before: rights were taken away. */
  distrust(): void
}

export type Handler<E extends Endpoint, P = unknown> = (
  request: Request<E> & { readonly prepared: P },
  context: Context,
) => Promise<OutputOf<E> | Answer<OutputOf<E>>>

/** Slow work that a write needs done before its transaction, which would hold a database connection meanwhile. */
export type Preparation<E extends Endpoint, P> = (
  request: Omit<Request<E>, 'db'>,
  context: Context,
) => Promise<P>

export interface Route {
  readonly endpoint: Endpoint
  readonly handle: Handler<Endpoint>
  readonly prepare: Preparation<Endpoint, unknown> | undefined
}

/** Ties an endpoint of the protocol to the function that answers it. */
export function route<E extends Endpoint>(endpoint: E, handle: Handler<E>): Route {
  return { endpoint, handle: handle as unknown as Handler<Endpoint>, prepare: undefined }
}

export function preparedRoute<E extends Endpoint, P>(
  endpoint: E,
  prepare: Preparation<E, P>,
  handle: Handler<E, P>,
): Route {
  return {
    ...route(endpoint, handle as Handler<E>),
    prepare: prepare as unknown as Preparation<Endpoint, unknown>,
  }
}

/** The walk of every request: who, how often, what, then the handler, in a transaction where it writes. */
export async function answer(route: Route, serving: Serving, request: FastifyRequest, reply: FastifyReply) {
  const { endpoint } = route
  // The router takes `/posts/` for a post without an id.
  if (Object.values(request.params as object).includes('')) throw new Problem('not_found')
  const actor = await enter(endpoint, serving, request, reply)
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const input = await readInput(endpoint, request, bytes)
  const { method, url, headers } = request
  const key = isIdempotent(endpoint) ? headers['idempotency-key'] : undefined
  const claim = claimOf(key, actor, request.ip, { method, url, bytes })
  const countKey = async (botId: string | undefined) => {
    if (endpoint.limit === 'none') return
    reply.headers((await admitKey(serving.context, endpoint.limit, botId, request.ip)).headers)
  }
  return send(await perform(route, serving, { actor, input, headers, claim, countKey }), request, reply)
}

/** What an endpoint is asked, and by whom: both were judged before. */
interface Call {
  readonly actor: Actor
  readonly input: Input
  readonly headers: FastifyRequest['headers']
  readonly claim: Claim | undefined
  countKey(botId: string | undefined): Promise<void>
}

/** Lets the handler answer: over the pool for a GET, else in a transaction, once for each claim. */
export async function perform(route: Route, serving: Serving, call: Call): Promise<Outcome> {
  const { endpoint } = route
  const { context, authenticator } = serving
  const { input, headers, claim, countKey } = call
  let isDistrusted = false
  const handed = {
    ...input,
    actor: call.actor as BotActor,
    headers,
    countKey,
    distrust() {
      isDistrusted = true
    },
  }
  const prepared = await route.prepare?.(handed, context)
  const run = async (db: Db | Tx) =>
    outcomeOf(endpoint, await route.handle({ ...handed, db: db as Tx, prepared }, context))
  if (endpoint.method === 'GET') return run(context.pool)
  const { actor } = call
  const account = actor.kind === 'human' ? actor.name : null
  const outcome = await transactOnce(context.pool, claim, (tx) => run({ ...tx, account }))
  context.bus.written.ring()
  if (isDistrusted) {
    authenticator.forget()
    context.writing.forget()
  }
  return outcome
}
