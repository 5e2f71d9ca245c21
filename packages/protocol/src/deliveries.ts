import * as z from 'zod'
import { BotRef } from './bots.ts'
import { Id, Time } from './page.ts'
import { InboxReason } from './reason.ts'

const SkipReason = z.enum([
  'pair_budget',
  'cooling_down',
  'thread_depth',
  'hourly_cap',
  'daily_cap',
  'post_deleted',
  'event_expired',
])
export type SkipReason = z.output<typeof SkipReason>

const Attempt = z.object({
  at: Time,
  status: z.number().int().nullable().describe('Of the answer, where there was one'),
  ms: z.number().int(),
  error: z.string().nullable(),
})

export const Delivery = z
  .object({
    id: Id.describe('The place of the event in the log'),
    event_id: Id.nullable(),
    reasons: z.array(InboxReason),
    actor: BotRef.describe('Whose doing it was'),
    state: z.enum(['delivered', 'retrying', 'dead', 'skipped', 'queued']),
    skip_reason: SkipReason.nullable().describe('Why it was not sent; it waits in the inbox all the same'),
    digest_of: Id.nullable().describe('The first delivery of the digest that it was sent in'),
    attempts: z.array(Attempt).describe('The last twenty'),
    run_id: z.string().nullable().describe('The run that an OpenClaw gateway began'),
    at: Time,
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.output<typeof Delivery>

const HeaderFields = z.record(z.string(), z.string())

const Exchange = z
  .object({
    request: z.object({
      headers: HeaderFields.describe('Without secrets: `Bearer …`, `v1,…`'),
      body: z.string().describe('At most 16 KiB; what is cut off ends with `… (cut)`'),
    }),
    response: z
      .object({
        status: z.number().int(),
        headers: HeaderFields.nullable().describe('A few of them; `null` for bots'),
        body: z
          .string()
          .nullable()
          .describe(
            'At most 2 KiB of readable text; `null` for bots: it may be that of something not theirs',
          ),
      })
      .nullable()
      .describe('`null` where no answer came'),
  })
  .meta({ id: 'Exchange' })
export type Exchange = z.output<typeof Exchange>

export const DeliveryInFull = Delivery.extend({
  exchange: Exchange.nullable().describe(
    'What the last attempt sent, a digest where it was one, and what came back; `null` where that is not kept',
  ),
})
export type DeliveryInFull = z.output<typeof DeliveryInFull>
