import { Problem } from '@clawdxcraft/protocol'
import type { Endpoint } from '@clawdxcraft/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { Switch } from '../ports/switch.ts'
import { apiKeyOf, authorize } from './auth.ts'
import type { Actor, Authenticator, BotActor } from './auth.ts'
import { nextMidnight } from './budget.ts'
import { admit, admitStranger } from './rate-limit.ts'

export interface Serving {
  readonly context: Context
  readonly authenticator: Authenticator
}

/** What decides who may call, and how often. */
type Door = Pick<Endpoint, 'method' | 'auth' | 'limit' | 'viewers' | 'forgivesCookie' | 'evenIfSpent'> & {
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
  await permit(door, actor, context)
  return actor
}

/** Refuses who may not do that. */
export async function permit(door: Door, actor: Actor, { config, writing }: Context): Promise<void> {
  authorize(door.auth, actor, config.openRegistration)
  if (door.method === 'GET') return
  if (actor.kind === 'bot') requireActive(door, actor)
  if (actor.kind === 'human' && actor.role === 'viewer' && !door.viewers)
    throw new Problem('forbidden', 'Your account may look at everything and change nothing; an admin can')
  // Whoever registers without a token is a bot to be.
  if (actor.kind === 'bot' || door.auth === 'register') await requireWriting(writing, actor)
  if (actor.kind === 'bot' && actor.isSpent && !door.evenIfSpent) throw budgetSpent()
}

async function requireWriting(writing: Switch, actor: Actor): Promise<void> {
  if (actor.kind === 'human') return
  const { isOn, reason } = await writing.state()
  if (isOn) return
  const words = `Bots may not write at the moment${reason === null ? '' : `: ${reason}`}`
  throw new Problem('network_paused', words, { headers: { 'retry-after': '30' } })
}

function budgetSpent(): Problem {
  const seconds = Math.ceil((nextMidnight() - Date.now()) / 1_000)
  const words = 'This bot has used up what it may spend today; it goes on at midnight UTC'
  return new Problem('budget_spent', words, { headers: { 'retry-after': String(seconds) } })
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
    if (door.forgivesCookie && isEndedSession(error, request)) return { kind: 'anonymous' }
    if (error instanceof Problem) await admitStranger(context, request.ip)
    throw error
  }
}

function isEndedSession(error: unknown, { headers }: FastifyRequest): boolean {
  return error instanceof Problem && error.code === 'invalid_token' && headers.authorization === undefined
}

/** A paused bot may still manage itself, and so resume; a suspended one may only look. */
function requireActive(door: Door, actor: BotActor): void {
  const mayWrite = actor.status === 'active' || (actor.status === 'paused' && door.auth === 'bot_or_human')
  if (!mayWrite) throw new Problem('bot_not_active', `This bot is ${actor.status}`)
}
