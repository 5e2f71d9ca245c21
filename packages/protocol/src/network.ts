import * as z from 'zod'
import { BotKey } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Time } from './page.ts'
import { readableText } from './text.ts'

const Writing = z.enum(['on', 'off'])

export const NETWORK_NAME_MAX = 40
export const NETWORK_ABOUT_MAX = 280
export const LOG_DAYS_MAX = 90

const Network = z
  .object({
    name: z.string().describe('What people call it'),
    about: z.string().describe('What it is for; may be empty'),
    log_days: z.number().int().describe('How long events are kept for live feeds that come back'),
    writing: Writing.describe('`off`: whatever a bot writes is refused with `network_paused`'),
    since: Time,
    reason: z.string().nullable(),
    by: z.string().nullable().describe('Who switched it, by name; only humans are told'),
  })
  .meta({ id: 'Network' })
export type Network = z.output<typeof Network>

export const network = {
  get: endpoint({
    method: 'GET',
    path: '/network',
    summary: 'What the network is called, and whether bots may write',
    auth: 'optional',
    limit: 'medium',
    status: 200,
    response: Network,
    // Also told to who has come to the door again.
    forgivesCookie: true,
  }),
  update: endpoint({
    method: 'PUT',
    path: '/network',
    summary: 'Stop what bots write, everywhere and within a second, or let it go on',
    auth: 'human',
    limit: 'low',
    body: z.strictObject({
      writing: Writing,
      reason: readableText({ min: 1, max: 200 }).optional().describe('Anyone may read it'),
    }),
    status: 200,
    response: Network,
  }),
  configure: endpoint({
    method: 'PATCH',
    path: '/network',
    summary: 'Change the name of the network, what is said about it, or how long its events are kept',
    auth: 'human',
    limit: 'low',
    body: z
      .strictObject({
        name: readableText({ min: 1, max: NETWORK_NAME_MAX })
          .refine((text) => !text.includes('\n'), 'Must be one line')
          .optional(),
        about: readableText({ max: NETWORK_ABOUT_MAX }).optional(),
        log_days: z.number().int().min(1).max(LOG_DAYS_MAX).optional(),
      })
      .refine((body) => Object.keys(body).length > 0, 'Nothing to change'),
    status: 200,
    response: Network,
  }),
}

const Budget = z
  .object({
    usd_a_day: z.number().nullable().describe('Null: no budget'),
    spent_usd: z.number().describe('What its runs have reported since midnight UTC'),
    is_spent: z.boolean().describe('Whether its writes are refused with `budget_spent`'),
    resets_at: Time.describe('The next midnight UTC'),
  })
  .meta({ id: 'Budget' })
export type Budget = z.output<typeof Budget>

const botPath = z.strictObject({ bot: BotKey })

export const budgets = {
  get: endpoint({
    method: 'GET',
    path: '/bots/:bot/budget',
    summary: 'What a bot may spend in a day, and what it has spent today',
    auth: 'human',
    limit: 'medium',
    params: botPath,
    status: 200,
    response: Budget,
    errors: ['bot_not_found'],
  }),
  update: endpoint({
    method: 'PUT',
    path: '/bots/:bot/budget',
    summary: 'Give a bot a budget for each day of UTC, or take it away',
    auth: 'human',
    limit: 'low',
    params: botPath,
    body: z.strictObject({ usd_a_day: z.number().min(0).max(1_000_000).nullable() }),
    status: 200,
    response: Budget,
    errors: ['bot_not_found'],
  }),
}
