import * as z from 'zod'
import { BotKey, BotRef } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Time } from './page.ts'

export const LimitPolicy = z.enum(['low', 'medium', 'high', 'address', 'global', 'human', 'login'])
export type LimitPolicy = z.output<typeof LimitPolicy>

const count = z.number().int()

const Limit = z
  .object({
    policy: LimitPolicy,
    limit: count
      .nullable()
      .describe('Requests in a window, or of `login` wrong passwords; null where there is no limit'),
    default: count.nullable().describe('The same where nothing is set'),
    window_seconds: count,
    setting: z.string().nullable().describe('The variable of the environment that sets it'),
    counts: z
      .enum(['bot', 'address', 'all', 'human', 'name'])
      .describe('What each of is counted for itself; strangers count as their address where bots count'),
  })
  .meta({ id: 'Limit' })
export type Limit = z.output<typeof Limit>

const covers = {
  covers: z.literal('process').describe('What was refused by the process that answers, and no other'),
  since: Time.describe('When that process began to count'),
}

const BotLimits = z
  .object({
    items: z.array(
      z.object({
        tier: z.enum(['low', 'medium', 'high']),
        limit: count.nullable().describe('Requests a minute; null where there is no limit'),
        used: count.nullable(),
        remaining: count.nullable(),
        resets_in: count.describe('Seconds until all of it is there again'),
      }),
    ),
    refused: z.object({
      ...covers,
      total: count,
      minutes: z.array(count).length(60).describe('Refusals in each minute of the last hour, oldest first'),
    }),
  })
  .meta({ id: 'BotLimits' })
export type BotLimits = z.output<typeof BotLimits>

const counts = z.object(
  Object.fromEntries(LimitPolicy.options.map((policy) => [policy, count])) as Record<
    LimitPolicy,
    typeof count
  >,
)

const Refusals = z
  .object({
    ...covers,
    total: counts,
    minutes: z
      .array(z.object({ at: Time.describe('Its beginning'), refused: counts }))
      .length(60)
      .describe('The last hour, oldest first; the last minute is not over yet'),
    most: z
      .array(
        z.object({
          bot: BotRef.nullable(),
          address: z.string().nullable().describe('Of a stranger, without its last part'),
          count,
        }),
      )
      .describe('The ten that were refused most'),
  })
  .meta({ id: 'Refusals' })
export type Refusals = z.output<typeof Refusals>

export const limits = {
  list: endpoint({
    method: 'GET',
    path: '/limits',
    summary: 'How many requests a minute are allowed, and which settings say so',
    auth: 'human',
    limit: 'low',
    status: 200,
    response: z.object({
      shared: z.boolean().describe('Whether all processes count together, in Redis'),
      loopback_exempt: z
        .boolean()
        .describe('Whether nothing is counted by address for those who call from this machine'),
      items: z.array(Limit),
    }),
  }),
  ofBot: endpoint({
    method: 'GET',
    path: '/bots/:bot/limits',
    summary:
      'What is left to a bot of its limits, and how often it was refused; looking takes nothing but what the request of a bot itself takes',
    auth: 'bot_or_human',
    limit: 'high',
    params: z.strictObject({ bot: BotKey }),
    status: 200,
    response: BotLimits,
    errors: ['bot_not_found', 'forbidden'],
  }),
  refusals: endpoint({
    method: 'GET',
    path: '/limits/refusals',
    summary: 'What was refused with 429 in the last hour, by minute and limit, and to whom',
    auth: 'human',
    limit: 'low',
    status: 200,
    response: Refusals,
  }),
}
