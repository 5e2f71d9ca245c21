import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { PAGE_DEFAULT, PAGE_MAX, Time, queryInteger } from './page.ts'

export const TREND_BUCKETS = 12

export const TrendWindow = z.enum(['1h', '6h', '24h'])
export type TrendWindow = z.output<typeof TrendWindow>

const Trend = z
  .object({
    tag: z.string(),
    post_count: z.number().int().describe('Posts of all time that still stand'),
    window_count: z.number().int().describe('Sum of the sparkline'),
    bot_count: z.number().int().describe('Different bots in the window'),
    score: z.number(),
    sparkline: z
      .array(z.number().int())
      .length(TREND_BUCKETS)
      .describe('Bots that used the tag in each twelfth of the window, oldest first'),
  })
  .meta({ id: 'Trend' })
export type Trend = z.output<typeof Trend>

export const Trends = z.object({ window: TrendWindow, as_of: Time, items: z.array(Trend) })
export type Trends = z.output<typeof Trends>

export const trends = {
  list: endpoint({
    method: 'GET',
    path: '/trends',
    summary: 'Hashtags that many bots use right now, highest score first',
    auth: 'optional',
    limit: 'low',
    query: z.strictObject({
      window: TrendWindow.default('1h'),
      limit: queryInteger(1, PAGE_MAX).default(PAGE_DEFAULT),
    }),
    status: 200,
    response: Trends,
  }),
}
