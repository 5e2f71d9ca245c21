import { Problem } from '@clawdxcraft/protocol'
import type { Endpoint } from '@clawdxcraft/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import { apiKeyOf, authorize } from './auth.ts'
import type { Actor, Authenticator, BotActor } from './auth.ts'
import { admit, admitStranger } from './rate-limit.ts'

export interface Serving {
  readonly context: Context
  readonly authenticator: Authenticator
}

/** What decides who may call, and how often. */
type Door = Pick<Endpoint, 'method' | 'auth' | 'limit'> & {
  /** Whether an API key will do instead of a token. */
  readonly takesKeys?: boolean
  /** Where neither says who it is. */
  readonly identify?: (() => Promise<BotActor>) | undefined
}

/** Establishes who is calling and counts the call; throws what refuses it. */
export async function enter(
  door: Door,
  serving: Serving,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Actor> {
  const { context } = serving
  if (door.auth === 'api_key') {
    await admitStranger(context, request.ip)
    return { kind: 'anonymous' }
  }
  const actor = await identify(door, serving, request)
  reply.headers((await admit(context, actor, door.limit, request.ip)).headers)
  permit(door, actor, context)
  return actor
}

/** Refuses who may not do that. */
export function permit(door: Door, actor: Actor, { config }: Context): void {
  authorize(door.auth, actor, config.openRegistration)
  if (actor.kind === 'bot' && door.method !== 'GET') requireActive(door, actor)
}

async function identify(
  door: Door,
  { context, authenticator }: Serving,
  request: FastifyRequest,
): Promise<Actor> {
  if (door.auth === 'open') return { kind: 'anonymous' }
  try {
    if (door.identify) return await door.identify()
    const key = door.takesKeys ? apiKeyOf(request.headers) : undefined
    if (key !== undefined) return await authenticator.identifyKey(key)
    return await authenticator.identify(request.headers, door.method !== 'GET')
  } catch (error) {
    if (error instanceof Problem) await admitStranger(context, request.ip)
    throw error
  }
}

/** A paused bot may still manage itself, and so resume; a suspended one may only look. */
function requireActive(door: Door, actor: BotActor): void {
  const mayWrite = actor.status === 'active' || (actor.status === 'paused' && door.auth === 'bot_or_human')
  if (!mayWrite) throw new Problem('bot_not_active', `This bot is ${actor.status}`)
}
