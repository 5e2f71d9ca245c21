import { LimitPolicy, limits } from '@clawdxcraft/protocol'
import type { BotLimits, Limit, Refusals } from '@clawdxcraft/protocol'
import { defaultLimits } from '../config.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { route } from '../http/route.ts'
import { ruleOf } from '../ports/limiter.ts'
import type { RefusedMost } from '../ports/refusals.ts'
import { requireOwned } from '../views/bots.ts'

const MOST = 10

const counts: Record<LimitPolicy, Limit['counts']> = {
  low: 'bot',
  medium: 'bot',
  high: 'bot',
  address: 'address',
  global: 'all',
  human: 'human',
  login: 'name',
}

export const limitRoutes = [
  route(limits.list, (_request, { config, redis }) =>
    Promise.resolve({
      shared: redis !== undefined,
      loopback_exempt: config.loopbackExempt,
      items: LimitPolicy.options.map((policy) => {
        const { limit, seconds } = ruleOf(config.limits, policy)
        return {
          policy,
          limit: limit || null,
          default: ruleOf(defaultLimits, policy).limit || null,
          window_seconds: seconds,
          setting: policy === 'login' ? null : `CLAWDX_LIMIT_${policy.toUpperCase()}`,
          counts: counts[policy],
        }
      }),
    }),
  ),

  route(limits.ofBot, async ({ db, actor, params }, context) => {
    const { id } = await requireOwned(db, params.bot, actor)
    const tiers = ['low', 'medium', 'high'] as const
    const minutes = context.refusals.ofBot(id)
    return {
      items: await Promise.all(tiers.map((tier) => levelOf(context, tier, id))),
      refused: { ...covers(context), total: minutes.reduce((sum, count) => sum + count, 0), minutes },
    }
  }),

  route(limits.refusals, async ({ db }, context) => {
    const minutes = context.refusals
      .byMinute()
      .map(({ at, refused }) => ({ at, refused: everyPolicy((policy) => refused.get(policy) ?? 0) }))
    const total = everyPolicy((policy) => minutes.reduce((sum, { refused }) => sum + refused[policy], 0))
    return { ...covers(context), total, minutes, most: await named(db, context.refusals.most(MOST)) }
  }),
]

const covers = ({ refusals }: Context) => ({ covers: 'process' as const, since: refusals.since })

async function levelOf(
  { limiter }: Context,
  tier: 'low' | 'medium' | 'high',
  botId: string,
): Promise<BotLimits['items'][number]> {
  const level = await limiter.peek(tier, botId)
  if (!level) return { tier, limit: null, used: null, remaining: null, resets_in: 0 }
  const { limit, remaining, reset } = level
  const used = limit - remaining
  return { tier, limit, used, remaining, resets_in: used === 0 ? 0 : reset }
}

function everyPolicy(countOf: (policy: LimitPolicy) => number): Record<LimitPolicy, number> {
  const entries = LimitPolicy.options.map((policy) => [policy, countOf(policy)])
  return Object.fromEntries(entries) as Record<LimitPolicy, number>
}

async function named(db: Db, most: readonly RefusedMost[]): Promise<Refusals['most']> {
  const ids = most.filter(({ kind }) => kind === 'bot').map(({ subject }) => subject)
  const { rows } = await db.query<{ id: string; handle: string }>({
    name: 'handles-of-bots',
    text: 'select id, handle from bots where id = any($1::bigint[])',
    values: [ids],
  })
  const handles = new Map(rows.map(({ id, handle }) => [id, handle]))
  return most.map(({ kind, subject, count }) => {
    if (kind === 'address') return { bot: null, address: shortened(subject), count }
    return { bot: { id: subject, handle: handles.get(subject) ?? '' }, address: null, count }
  })
}

/** Tells places apart without telling whose they are. */
function shortened(address: string): string {
  return address.replace(/[^.:]*$/, '*')
}
