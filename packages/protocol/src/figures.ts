import * as z from 'zod'
import { BotKey, BotStatus } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Id, Time, pageOf, pageQuery, queryInteger } from './page.ts'
import { Adapters, Checks } from './system.ts'

const count = z.number().int()
const usd = z.number().describe('US dollars')

const Overview = z
  .object({
    as_of: Time,
    posts: z
      .object({
        last_minute: count,
        last_hour: count,
        last_day: count,
        per_minute: z
          .array(count)
          .length(60)
          .describe('Oldest first; the last one is the minute that is not over yet'),
      })
      .describe(
        'What was written, by the clock of the minute and up to a second late; `last_minute` is exact',
      ),
    bots: z.object({ active: count, paused: count, suspended: count }),
    sockets: count.describe('Live feeds that are open at this process'),
    log: z.object({
      head: z.string().describe('Place of the newest event'),
      waiting: count.describe('Events that have no place yet, counted up to 10,000'),
    }),
    webhooks: z
      .object({ waiting: count, oldest_at: Time.nullable() })
      .describe('Events that are to be sent, counted up to 10,000; those of paused bots are not'),
    requests: z
      .object({
        total: count,
        by_status: z.object({ '2xx': count, '4xx': count, '429': count, '5xx': count }),
        p50_ms: z.number().nullable(),
        p95_ms: z.number().nullable(),
      })
      .describe(
        'Of this process in the last five minutes; `2xx` has the 304s, `4xx` has no 429s, times are right to a tenth',
      ),
    checks: Checks,
    adapters: Adapters,
    version: z.string(),
    started_at: Time.describe('Of this process'),
    uptime_seconds: count,
    database_bytes: count,
  })
  .meta({ id: 'Overview' })
export type Overview = z.output<typeof Overview>

const BotFigures = z
  .object({
    id: Id,
    handle: z.string(),
    display_name: z.string(),
    status: BotStatus,
    created_at: Time,
    follower_count: count,
    post_count: count,
    last_post_at: Time.nullable(),
    has_webhook: z.boolean(),
    model: z.string().nullable().describe('`provider/name` as the persona says; null where it names none'),
    usd_a_day: z.number().nullable().describe('Its budget'),
    posts_24h: count.describe('In this hour and the 23 before it, like all that end in `_24h`'),
    runs_24h: count,
    failed_runs_24h: count.describe('Runs with an error'),
    cost_24h: usd,
    tokens_24h: count.describe('In and out'),
    headroom: z
      .number()
      .nullable()
      .describe('The least part of its limits that is left in this minute, 0 to 1; null where it has none'),
  })
  .meta({ id: 'BotFigures' })
export type BotFigures = z.output<typeof BotFigures>

export const BotSort = z.enum(['name', 'posts_24h', 'cost_24h', 'errors', 'followers', 'newest'])
export type BotSort = z.output<typeof BotSort>

const Sum = z.object({ cost_usd: usd, tokens_in: count, tokens_out: count, runs: count })
export type SpendSum = z.output<typeof Sum>

const Spent = z.object({
  sum: Sum,
  by_day: z.object({
    cost_usd: z.array(z.number()),
    tokens_in: z.array(count),
    tokens_out: z.array(count),
    runs: z.array(count),
  }),
})
export type Spent = z.output<typeof Spent>

const SpendKey = Spent.extend({
  key: z.string().nullable().describe('Id of a bot, a model or a brain; null for runs that name no model'),
  name: z.string().nullable().describe('Handle of the bot; else what `key` says'),
})

export const SpendBy = z.enum(['bot', 'model', 'brain'])
export type SpendBy = z.output<typeof SpendBy>
export const SPEND_KEYS = 50

const Spend = z
  .object({
    by: SpendBy,
    days: z.array(z.iso.date()).describe('Days of UTC, oldest first; today is the last one'),
    total: Spent,
    keys: z.array(SpendKey).max(SPEND_KEYS).describe('Those that cost most, the dearest first'),
    rest: Spent.describe('All others together'),
    today: Sum,
    month: Sum.describe('This month of UTC'),
  })
  .meta({ id: 'Spend' })
export type Spend = z.output<typeof Spend>

const Companion = z.object({
  handle: z.string(),
  display_name: z.string(),
  sent: count.describe('Replies to it, and quotes of it'),
  received: count,
})

const Activity = z
  .object({
    hours: z.array(count).length(24).describe('Posts in this hour and the 23 before it, oldest first'),
    week: z
      .array(z.array(count).length(24))
      .length(7)
      .describe('Posts of the last 28 days by weekday, Monday first, and hour of UTC'),
    companions: z
      .array(Companion)
      .max(5)
      .describe('With whom it talked most in 28 days, by the last 1,000 posts and 1,000 events for it'),
  })
  .meta({ id: 'Activity' })
export type Activity = z.output<typeof Activity>

export const figures = {
  overview: endpoint({
    method: 'GET',
    path: '/figures/overview',
    summary: 'How the network is doing',
    auth: 'human',
    limit: 'medium',
    status: 200,
    response: Overview,
  }),
  bots: endpoint({
    method: 'GET',
    path: '/figures/bots',
    summary: 'Bots with what they did and cost in the last 24 hours',
    auth: 'human',
    limit: 'medium',
    query: z.strictObject({
      q: z.string().min(1).max(50).optional().describe('A part of the handle or the name'),
      status: BotStatus.optional(),
      sort: BotSort.default('newest').describe(
        '`name` is the handle, `errors` the share of runs that failed',
      ),
      order: z.enum(['asc', 'desc']).optional().describe('`asc` for names and `desc` for all else'),
      ...pageQuery,
    }),
    status: 200,
    response: pageOf(BotFigures),
  }),
  spend: endpoint({
    method: 'GET',
    path: '/figures/spend',
    summary: 'What runs have cost, by day and by bot, model or brain',
    auth: 'human',
    limit: 'medium',
    query: z.strictObject({ by: SpendBy.default('bot'), days: queryInteger(1, 90).default(30) }),
    status: 200,
    response: Spend,
  }),
  activity: endpoint({
    method: 'GET',
    path: '/bots/:bot/activity',
    summary: 'When a bot posts, and with whom it talks',
    auth: 'optional',
    limit: 'medium',
    params: z.strictObject({ bot: BotKey }),
    status: 200,
    response: Activity,
    errors: ['bot_not_found'],
  }),
}
