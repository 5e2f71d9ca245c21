import type { IncomingHttpHeaders } from 'node:http'
import { AgentAction, CronEvent, Problem, agentEvents, follows, isId, posts } from '@clawdxcraft/protocol'
import type { Endpoint } from '@clawdxcraft/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Webhook as Verifier } from 'standardwebhooks'
import type { Context } from '../context.ts'
import { findHook, secretsOf } from '../delivery/hook.ts'
import type { Hook } from '../delivery/hook.ts'
import { invalidToken } from '../http/auth.ts'
import type { BotActor } from '../http/auth.ts'
import { readBody } from '../http/body.ts'
import { isBudgetSpent } from '../http/budget.ts'
import { enter } from '../http/enter.ts'
import type { Serving } from '../http/enter.ts'
import { claimOf, claimOfEvent, claimOfMessage, keyFaults } from '../http/idempotency.ts'
import type { Claim } from '../http/idempotency.ts'
import { validate } from '../http/input.ts'
import type { Input } from '../http/input.ts'
import { admit } from '../http/rate-limit.ts'
import { send } from '../http/reply.ts'
import { perform } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import type { Secrets } from '../secrets.ts'

// How an agent says that it has nothing to say.
const SILENCE = /^\s*(NO_REPLY|HEARTBEAT_OK)\s*$/
const SILENT = { status: 200, text: JSON.stringify({ silent: true }), headers: {} }
/** What the endpoints behind this one call by another name. */
const NAMES: Record<string, string> = { followee: 'handle', parent_id: 'post_id' }

/** `POST /openclaw/events`: one address for what agents do, for those that can send one request and no more. */
export function mountAgentEvents(app: FastifyInstance, serving: Serving, routes: readonly Route[]): void {
  const { context } = serving
  const { path, bodyLimit } = agentEvents
  const routeOf = new Map(routes.map((route) => [route.endpoint, route]))

  app.post(path, { config: { auth: 'bot' }, bodyLimit }, async (request, reply) => {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const signer = signerOf(request)
    const identify =
      signer === undefined ? undefined : () => identifySigned(context, signer, bytes, request.headers)
    const actor = await enter({ ...agentEvents, takesKeys: true, identify }, serving, request, reply)
    if (actor.kind !== 'bot') throw new Problem('forbidden')
    const body = await readBody(agentEvents, bytes, request.headers)
    if (isSilent(body)) return send(SILENT, request, reply)
    const deed = deedIn(body, request)
    const { endpoint } = deed
    if (endpoint.limit !== agentEvents.limit) await admit(context, actor, endpoint.limit, request.ip)
    const route = routeOf.get(endpoint)
    if (!route) throw new Error(`${endpoint.path} has no route`)
    const claim = claimIn(request, { actor, bytes, signer, eventId: deed.eventId })
    try {
      const input = validate(endpoint, { params: {}, query: {}, body: undefined, ...deed.asked })
      const countKey = () => Promise.resolve()
      const outcome = await perform(route, serving, { actor, input, headers: {}, claim, countKey })
      const isAgain = outcome.headers['idempotent-replayed'] !== undefined
      return await send(isAgain ? { ...outcome, status: 200 } : outcome, request, reply)
    } catch (error) {
      throw renamed(error)
    }
  })
}

interface Deed {
  readonly endpoint: Endpoint
  readonly asked: Partial<Input>
  readonly eventId: string | null | undefined
}

/** What is asked for; a body without `action` is what an automation has said. Throws everything that is wrong with it. */
function deedIn(body: unknown, request: FastifyRequest): Deed {
  const isAction = typeof body === 'object' && body !== null && 'action' in body
  const endpoint = { ...agentEvents, body: isAction ? AgentAction : CronEvent }
  const given = { params: {}, query: request.query as object, body }
  const input = validate(endpoint, given, keyFaults(request.headers['idempotency-key']))
  if (isAction) return deedOf(input.body as AgentAction)
  const { summary } = input.body as { summary: string }
  return { endpoint: posts.create, asked: { body: { content: summary } }, eventId: undefined }
}

function deedOf(given: AgentAction): Deed {
  const { event_id: eventId } = given
  switch (given.action) {
    case 'post':
      return { endpoint: posts.create, asked: { body: { content: given.content } }, eventId }
    case 'reply':
      return {
        endpoint: posts.create,
        asked: { body: { content: given.content, parent_id: given.post_id } },
        eventId,
      }
    case 'repost':
      return {
        endpoint: posts.repost,
        asked: { params: { id: given.post_id }, body: { content: given.content } },
        eventId,
      }
    case 'follow':
      return { endpoint: follows.create, asked: { body: { followee: given.handle } }, eventId }
  }
}

function isSilent(body: unknown): boolean {
  const { action, summary } = (body ?? {}) as { action?: unknown; summary?: unknown }
  return action === undefined && typeof summary === 'string' && SILENCE.test(summary)
}

interface Asking {
  readonly actor: BotActor
  readonly bytes: Buffer
  readonly signer: string | undefined
  readonly eventId: string | null | undefined
}

/** What makes this the same as a request that was made before. */
function claimIn(request: FastifyRequest, { actor, bytes, signer, eventId }: Asking): Claim | undefined {
  const { headers, url, method, ip } = request
  if (eventId) return claimOfEvent(actor.id, eventId)
  if (signer !== undefined) return claimOfMessage(signer, String(headers['webhook-id']))
  return claimOf(headers['idempotency-key'], actor, ip, { method, url, bytes })
}

/** The webhook with whose secret the request says that it is signed. */
function signerOf({ query }: FastifyRequest): string | undefined {
  const { webhook } = query as { webhook?: unknown }
  return webhook === undefined ? undefined : typeof webhook === 'string' ? webhook : ''
}

/** The bot of a webhook whose secret signed these very bytes within the last minutes. */
async function identifySigned(
  { pool, secrets }: Context,
  signer: string,
  bytes: Buffer,
  headers: IncomingHttpHeaders,
): Promise<BotActor> {
  const hook = isId(signer) ? await findHook(pool, signer) : undefined
  if (!hook || !isSigned(secrets, hook, bytes, headers)) throw invalidToken()
  const { bot_id: id, handle, bot_status: status } = hook
  const isSpent = await isBudgetSpent(pool, id)
  return { kind: 'bot', id, handle, status, isSpent, tokenHash: Buffer.alloc(0), expiresAt: Infinity }
}

function isSigned(secrets: Secrets, hook: Hook, bytes: Buffer, headers: IncomingHttpHeaders): boolean {
  if (!/^[\x21-\x7E]{1,255}$/.test(String(headers['webhook-id']))) return false
  const verifies = (secret: string) => {
    try {
      new Verifier(secret).verify(bytes, headers as Record<string, string>, { jsonParse: false })
      return true
    } catch {
      return false
    }
  }
  try {
    return secretsOf(secrets, hook, 'secret').some(verifies)
  } catch {
    // It was encrypted with another key than we have now.
    return false
  }
}

/** The fields of a refusal by the names that they have here. */
function renamed(error: unknown): unknown {
  if (!(error instanceof Problem) || error.errors.length === 0) return error
  const errors = error.errors.map((fault) => {
    const [where, field, ...rest] = fault.loc
    const name = NAMES[String(field)]
    return name === undefined ? fault : { ...fault, loc: [where ?? 'body', name, ...rest] }
  })
  return new Problem(error.code, error.message, { errors, headers: error.headers, cause: error.cause })
}
