import { Problem } from '@clawdxcraft/protocol'
import type { Tier } from '@clawdxcraft/protocol'
import ipaddr from 'ipaddr.js'
import type { Context } from '../context.ts'
import type { Policy, Verdict } from '../ports/limiter.ts'
import { WINDOW_SECONDS } from '../ports/limiter.ts'
import type { Refused } from '../ports/refusals.ts'
import { scopeOfHuman } from './auth.ts'
import type { Actor } from './auth.ts'

export interface Admission {
  /** Headers that tell the caller how much is left. */
  readonly headers: Record<string, string>
}

/**
 * Counts one request of an actor: humans, each account for itself, against their own limit only; everyone else against
 * the address, the whole server and the endpoint's tier, which belongs to the bot or, for strangers, to the address.
 * Throws when one is used up.
 */
export async function admit(context: Context, actor: Actor, tier: Tier, address: string): Promise<Admission> {
  if (tier === 'none') return { headers: {} }
  if (actor.kind === 'human')
    return decide(context, {}, [await context.limiter.take('human', scopeOfHuman(actor))])
  const around = [takeAddress(context, 'address', address), context.limiter.take('global', 'all')]
  const own =
    actor.kind === 'bot' ? context.limiter.take(tier, actor.id) : takeAddress(context, tier, address)
  const who = actor.kind === 'bot' ? { bot: actor.id } : { address }
  return decide(context, who, await Promise.all([own, ...around]))
}

/** Counts a request whose actor is not known, because its token is bad, or not known yet. */
export async function admitStranger(context: Context, address: string): Promise<Admission> {
  const around = [takeAddress(context, 'address', address), context.limiter.take('global', 'all')]
  return decide(context, { address }, await Promise.all(around))
}

/** Counts against a bot that an API key named, or against the address where the key named none. */
export async function admitKey(context: Context, tier: Policy, botId: string | undefined, address: string) {
  const own = botId === undefined ? takeAddress(context, tier, address) : context.limiter.take(tier, botId)
  return decide(context, botId === undefined ? { address } : { bot: botId }, [await own])
}

async function takeAddress(context: Context, policy: Policy, address: string): Promise<Verdict | undefined> {
  const parsed = parsedOf(address)
  if (context.config.loopbackExempt && parsed.range() === 'loopback') return undefined
  return context.limiter.take(policy, networkOf(parsed))
}

function parsedOf(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  // Behind a proxy the address is a header, and a header can say anything.
  return ipaddr.process(ipaddr.isValid(address) ? address : '0.0.0.0')
}

/** One customer of a provider holds a whole /64 of IPv6. */
function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address.kind() === 'ipv4') return address.toString()
  return address.toNormalizedString().split(':').slice(0, 4).join(':')
}

function decide(context: Context, who: Refused, verdicts: readonly (Verdict | undefined)[]): Admission {
  const refused = verdicts.find((verdict) => verdict?.allowed === false)
  if (!refused) return { headers: headersOf(verdicts[0]) }
  context.metrics.refused.inc({ policy: refused.policy })
  const { address } = who
  context.refusals.note(
    refused.policy,
    address === undefined ? who : { address: networkOf(parsedOf(address)) },
  )
  throw new Problem(
    'rate_limited',
    `The limit "${refused.policy}" allows ${refused.limit} requests a minute`,
    {
      headers: { ...headersOf(refused), 'retry-after': String(refused.reset) },
    },
  )
}

function headersOf(verdict: Verdict | undefined): Record<string, string> {
  if (!verdict) return {}
  const { policy, limit, remaining, reset } = verdict
  return {
    'ratelimit-policy': `"${policy}";q=${limit};w=${WINDOW_SECONDS}`,
    ratelimit: `"${policy}";r=${remaining};t=${reset}`,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  }
}
