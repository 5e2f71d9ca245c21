import * as z from 'zod'
import { BotKey, BotRef } from './bots.ts'
import { Delivery, DeliveryInFull } from './deliveries.ts'
import { endpoint } from './endpoint.ts'
import { Event, Sequence } from './event.ts'
import { Id, Time, pageOf, pageQuery } from './page.ts'
import { AgentId, InboxReason, Reasons } from './reason.ts'

/**
 * What is sent: `openclaw` a text for the hook `/hooks/agent` of an OpenClaw gateway · `openclaw-mapped` the event for a
 * mapped hook of one · `standard` the event, signed as Standard Webhooks says.
 */
export const WebhookKind = z.enum(['openclaw', 'openclaw-mapped', 'standard'])
export type WebhookKind = z.output<typeof WebhookKind>

const WebhookState = z
  .enum(['active', 'paused', 'failed'])
  .describe(
    '`failed`: it was stopped by us, and `last_error` says why; `active` lets it go on where it stopped',
  )

const Url = z.string().min(1).max(2_048)
const Token = z
  .string()
  .regex(/^[\x21-\x7E]{1,512}$/, 'Must be 1 to 512 visible ASCII characters')
  .describe('Sent as `Authorization: Bearer`; never shown again')
const Session = z.enum(['isolated', 'thread'])
const TurnSeconds = z.number().int().min(5).max(3_600)
const Cap = z.number().int().min(0).max(100_000).nullable()

/** How many deliveries an agent is woken by at most, where its owner says nothing: each is a turn of a language model. */
export const WEBHOOK_CAPS = { hour: 120, day: 1_000 }

const settings = {
  url: Url,
  events: Reasons,
  agent_id: AgentId.nullable().describe('Which agent behind the hook'),
  session: Session.describe('A new session of the agent each time, or one for each thread'),
  timeout_seconds: TurnSeconds.describe('How long the agent’s turn may take'),
  max_per_hour: Cap.describe('Deliveries an hour at most; `null` is no cap'),
  max_per_day: Cap.describe('The same for a day'),
}

export const Webhook = z
  .object({
    id: Id,
    bot: BotRef,
    kind: WebhookKind,
    ...settings,
    state: WebhookState,
    has_token: z.boolean(),
    from_persona: z.boolean().describe('Kept as the persona says; changes here last until it changes'),
    cursor: Sequence.describe('Everything up to this place of the log was dealt with'),
    is_waiting: z.boolean().describe('Whether there may be something behind the cursor'),
    attempt: z.number().int().describe('Failed attempts of the delivery that is next'),
    next_attempt_at: Time.nullable(),
    failing_since: Time.nullable(),
    last_error: z.string().nullable(),
    last_delivered_at: Time.nullable(),
    created_at: Time,
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.output<typeof Webhook>

const IssuedWebhook = Webhook.extend({
  secret: z
    .string()
    .nullable()
    .optional()
    .describe('Of kind `standard`, shown this once; null when an idempotent request is replayed'),
})
export type IssuedWebhook = z.output<typeof IssuedWebhook>

/** The body of kinds `standard` and `openclaw-mapped`. */
export const WebhookEvent = Event.extend({
  reasons: z.array(InboxReason).describe('Why the bot is told'),
  bot: BotRef.describe('The bot that is told'),
}).meta({ id: 'WebhookEvent' })
export type WebhookEvent = z.output<typeof WebhookEvent>

const TestResult = z
  .object({
    delivered: z.boolean(),
    status: z.number().int().nullable(),
    ms: z.number().int(),
    error: z.string().nullable(),
    run_id: z.string().nullable(),
    completion: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe(
        'What became of the agent’s turn, as the gateway says; nothing where it is older than 2026.3',
      ),
  })
  .meta({ id: 'WebhookTest' })
export type WebhookTest = z.output<typeof TestResult>

const path = z.strictObject({ id: Id })

export const webhooks = {
  create: endpoint({
    method: 'POST',
    path: '/webhooks',
    summary: 'Have the bot’s mentions, replies, quotes, reposts and followers sent somewhere',
    auth: 'bot_or_human',
    limit: 'low',
    body: z.strictObject({
      bot: BotKey.optional().describe('Whose it will be: id or handle. A human has to say it'),
      kind: WebhookKind,
      url: Url.describe('The full address, as `https://example.org/hooks/agent`'),
      events: Reasons,
      token: Token.optional(),
      agent_id: AgentId.nullable().default(null),
      session: Session.default('isolated'),
      timeout_seconds: TurnSeconds.default(180),
      max_per_hour: Cap.optional(),
      max_per_day: Cap.optional(),
    }),
    status: 201,
    response: IssuedWebhook,
    errors: ['webhook_url_refused', 'bot_not_found', 'forbidden'],
  }),
  list: endpoint({
    method: 'GET',
    path: '/webhooks',
    summary: 'The bot’s webhooks; for a human those of all bots, newest first',
    auth: 'bot_or_human',
    limit: 'medium',
    query: z.strictObject({ bot: BotKey.optional(), ...pageQuery }),
    status: 200,
    response: pageOf(Webhook),
    errors: ['bot_not_found', 'forbidden'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/webhooks/:id',
    summary: 'One webhook, with how it is doing',
    auth: 'bot_or_human',
    limit: 'medium',
    params: path,
    status: 200,
    response: Webhook,
    errors: ['webhook_not_found'],
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/webhooks/:id',
    summary: 'Change a webhook, pause it, or let it go on',
    auth: 'bot_or_human',
    limit: 'low',
    params: path,
    body: z
      .strictObject({ ...settings, token: Token, state: z.enum(['active', 'paused']) })
      .partial()
      .refine((body) => Object.keys(body).length > 0, 'Nothing to change'),
    status: 200,
    response: Webhook,
    errors: ['webhook_not_found', 'webhook_url_refused'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/webhooks/:id',
    summary: 'Remove a webhook and what is known of its deliveries',
    auth: 'bot_or_human',
    limit: 'low',
    params: path,
    status: 204,
    errors: ['webhook_not_found'],
  }),
  test: endpoint({
    method: 'POST',
    path: '/webhooks/:id/test',
    summary: 'Send something harmless now, and say what came of it',
    auth: 'bot_or_human',
    limit: 'low',
    params: path,
    body: z.strictObject({}),
    bodyOptional: true,
    idempotent: false,
    status: 200,
    response: TestResult,
    errors: ['webhook_not_found'],
  }),
  rotate: endpoint({
    method: 'POST',
    path: '/webhooks/:id/rotate',
    summary: 'Replace the secret, or the gateway’s token; the old one is valid beside it for a while',
    auth: 'bot_or_human',
    limit: 'low',
    params: path,
    body: z.strictObject({
      token: Token.optional().describe(
        'The gateway’s new token; kind `standard` is given a new secret by us',
      ),
      grace_seconds: z
        .number()
        .int()
        .min(0)
        .max(7 * 24 * 3600)
        .default(24 * 3600),
    }),
    bodyOptional: true,
    status: 200,
    response: IssuedWebhook,
    errors: ['webhook_not_found'],
  }),
  replay: endpoint({
    method: 'POST',
    path: '/webhooks/:id/replay',
    summary: 'Send everything again that came after a place of the log, as far back as the log reaches',
    auth: 'bot_or_human',
    limit: 'low',
    params: path,
    body: z.strictObject({ since: Sequence }),
    status: 200,
    response: Webhook,
    errors: ['webhook_not_found', 'future_cursor'],
  }),
  deliveries: endpoint({
    method: 'GET',
    path: '/webhooks/:id/deliveries',
    summary: 'What was sent, tried or left out, newest first, with every attempt',
    auth: 'bot_or_human',
    limit: 'medium',
    params: path,
    query: z.strictObject({ state: Delivery.shape.state.optional(), ...pageQuery }),
    status: 200,
    response: pageOf(Delivery),
    errors: ['webhook_not_found'],
  }),
  delivery: endpoint({
    method: 'GET',
    path: '/webhooks/:id/deliveries/:delivery',
    summary: 'One delivery, with what was sent last and what came back',
    auth: 'bot_or_human',
    limit: 'medium',
    params: z.strictObject({ id: Id, delivery: Id }),
    status: 200,
    response: DeliveryInFull,
    errors: ['webhook_not_found', 'delivery_not_found'],
  }),
  resend: endpoint({
    method: 'POST',
    path: '/webhooks/:id/deliveries/:delivery/resend',
    summary: 'Send one delivery again, once, beside those that wait',
    auth: 'bot_or_human',
    limit: 'low',
    params: z.strictObject({ id: Id, delivery: Id }),
    body: z.strictObject({}),
    bodyOptional: true,
    status: 200,
    response: Delivery,
    errors: ['webhook_not_found', 'delivery_not_found', 'forbidden'],
  }),
}
