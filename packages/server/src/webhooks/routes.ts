import { isDeepStrictEqual } from 'node:util'
import { Problem, webhooks } from '@clawdxcraft/protocol'
import type { Webhook } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import type { Db } from '../db/pool.ts'
import { findHook } from '../delivery/hook.ts'
import { insertWebhook, newSecret, urlRefused, viewWebhook, viewWebhooks } from '../delivery/webhooks.ts'
import { changesOf } from '../events/changes.ts'
import { appendAudit } from '../events/log.ts'
import type { Actor, BotActor, HumanActor } from '../http/auth.ts'
import { preparedRoute, route } from '../http/route.ts'
import { botIdOf, isOwner, requireOwned } from '../views/bots.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'
import { listDeliveries, queueAgain, viewDelivery } from './deliveries.ts'
import { probe } from './probe.ts'
import { changeWebhook, moveCursor, replaceSecret } from './queries.ts'

/** Somebody else's is as little there as none. */
async function requireWebhook(db: Db, id: string, actor: Actor): Promise<Webhook> {
  const webhook = await viewWebhook(db, id)
  if (!isOwner(actor, webhook.bot.id)) throw new Problem('webhook_not_found')
  return webhook
}

/** The bot that is to have a webhook: who asks, or the one that a human names. */
async function requireOwner(db: Db, bot: string | undefined, actor: BotActor | HumanActor): Promise<string> {
  if (bot !== undefined) return (await requireOwned(db, bot, actor)).id
  if (actor.kind === 'human') throw missing('bot')
  return actor.id
}

/** The address as it will be called. */
async function judged({ guard }: Context, url: string): Promise<string> {
  const judgement = await guard.look(url)
  if ('refusal' in judgement) throw urlRefused(judgement.refusal, ['body', 'url'])
  return judgement.url.href
}

export const webhookRoutes = [
  preparedRoute(
    webhooks.create,
    async ({ actor, body }, context) => {
      const botId = await requireOwner(context.pool, body.bot, actor)
      return { botId, url: await judged(context, body.url) }
    },
    async ({ db, actor, body, prepared: { botId, url } }, { secrets }) => {
      const webhook = await insertWebhook(db, secrets, botId, { ...body, url })
      const { id, kind, events } = webhook
      const summary = { webhook_id: id, kind, url: withoutQuery(url), events }
      appendAudit(db, { action: 'webhook.create', botId, by: actor.kind, summary })
      return webhook
    },
  ),

  route(webhooks.list, async ({ db, actor, query }) => {
    const asked = query.bot === undefined ? undefined : await botIdOf(db, query.bot)
    if (asked !== undefined) await requireOwned(db, asked, actor)
    const owner = asked ?? (actor.kind === 'bot' ? actor.id : null)
    const { rows } = await db.query<{ id: string }>({
      name: owner === null ? 'webhooks-all' : 'webhooks-of-bot',
      text: `select id from webhooks where id < coalesce($1, 9223372036854775807)
             and ${owner === null ? '$3::bigint is null' : 'bot_id = $3'} order by id desc limit $2`,
      values: [decodeIdCursor('webhooks', query.cursor), query.limit + 1, owner],
    })
    const page = pageOfIds(
      rows.map(({ id }) => id),
      { kind: 'webhooks', limit: query.limit },
    )
    return pageOf(page, (ids) => viewWebhooks(db, ids))
  }),

  route(webhooks.get, ({ db, actor, params }) => requireWebhook(db, params.id, actor)),

  preparedRoute(
    webhooks.update,
    async ({ actor, params, body }, context) => {
      // Whose it is comes before what is wrong with the address.
      await requireWebhook(context.pool, params.id, actor)
      return body.url === undefined ? undefined : judged(context, body.url)
    },
    async ({ db, actor, params, body, prepared: url }, { secrets }) => {
      const before = await requireWebhook(db, params.id, actor)
      const { token, ...settings } = { ...body, ...(url !== undefined && { url }) }
      if (token === undefined && isSo(before, settings)) return before
      await changeWebhook(db, secrets, before.id, { ...settings, token })
      const told = { ...settings, ...(url !== undefined && { url: withoutQuery(url) }) }
      const after = await viewWebhook(db, before.id)
      const changes = changesOf(toldOf(before), toldOf(after))
      const summary = { webhook_id: before.id, ...told, token_changed: token !== undefined, ...changes }
      appendAudit(db, { action: 'webhook.update', botId: before.bot.id, by: actor.kind, summary })
      return after
    },
  ),

  route(webhooks.remove, async ({ db, actor, params }) => {
    const { id, bot } = await requireWebhook(db, params.id, actor)
    const { rowCount } = await db.query('delete from webhooks where id = $1', [id])
    // Somebody else was quicker.
    if (rowCount === 0) throw new Problem('webhook_not_found')
    appendAudit(db, { action: 'webhook.delete', botId: bot.id, by: actor.kind, summary: { webhook_id: id } })
  }),

  preparedRoute(
    webhooks.test,
    async ({ actor, params }, context) => {
      await requireWebhook(context.pool, params.id, actor)
      const hook = await findHook(context.pool, params.id)
      if (!hook) throw new Problem('webhook_not_found')
      return probe(context, hook)
    },
    async ({ db, actor, params, prepared: result }) => {
      const { id, bot } = await requireWebhook(db, params.id, actor)
      const summary = { webhook_id: id, delivered: result.delivered, status: result.status }
      appendAudit(db, { action: 'webhook.test', botId: bot.id, by: actor.kind, summary })
      return result
    },
  ),

  route(webhooks.rotate, async ({ db, actor, params, body }, { secrets }) => {
    const { id, bot, kind } = await requireWebhook(db, params.id, actor)
    if (kind !== 'standard' && body.token === undefined) throw missing('token')
    const secret = kind === 'standard' ? newSecret() : undefined
    await replaceSecret(db, secrets, id, { token: body.token, secret, graceSeconds: body.grace_seconds })
    const summary = { webhook_id: id, grace_seconds: body.grace_seconds }
    appendAudit(db, { action: 'webhook.rotate', botId: bot.id, by: actor.kind, summary })
    const webhook = await viewWebhook(db, id)
    return secret === undefined ? webhook : { ...webhook, secret }
  }),

  route(webhooks.replay, async ({ db, actor, params, body }) => {
    const { id, bot, cursor } = await requireWebhook(db, params.id, actor)
    await moveCursor(db, id, body.since)
    const summary = { webhook_id: id, since: body.since, ...changesOf({ cursor }, { cursor: body.since }) }
    appendAudit(db, { action: 'webhook.replay', botId: bot.id, by: actor.kind, summary })
    return viewWebhook(db, id)
  }),

  route(webhooks.deliveries, async ({ db, actor, params, query }) => {
    const { id } = await requireWebhook(db, params.id, actor)
    return listDeliveries(db, id, query)
  }),

  route(webhooks.delivery, async ({ db, actor, params }) => {
    const { id } = await requireWebhook(db, params.id, actor)
    return viewDelivery(db, id, params.delivery, actor.kind === 'human')
  }),

  route(webhooks.resend, async ({ db, actor, params }) => {
    const { id, bot, state } = await requireWebhook(db, params.id, actor)
    if (state !== 'active') throw new Problem('forbidden', `The webhook is ${state}; let it go on first`)
    const delivery = await queueAgain(db, id, params.delivery)
    const summary = { webhook_id: id, delivery_id: params.delivery }
    appendAudit(db, { action: 'webhook.resend', botId: bot.id, by: actor.kind, summary })
    return delivery
  }),
]

/** What the audit log says of a webhook that was changed: also what followed from it by itself. */
function toldOf(webhook: Webhook) {
  const { url, events, agent_id, session, timeout_seconds, max_per_hour, max_per_day, state, has_token } =
    webhook
  const turns = { agent_id, session, timeout_seconds, max_per_hour, max_per_day }
  return { url: withoutQuery(url), events, ...turns, state, has_token }
}

/** Many services have their secret in the query. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

/** Whether there is nothing to change. To let one go on that waits for its next attempt is a change. */
function isSo(webhook: Webhook, settings: Readonly<Record<string, unknown>>): boolean {
  const isMended = settings['state'] === 'active' && webhook.attempt > 0
  const known: Readonly<Record<string, unknown>> = { ...webhook }
  return !isMended && Object.entries(settings).every(([name, value]) => isDeepStrictEqual(known[name], value))
}

function missing(field: string): Problem {
  const errors = [{ loc: ['body', field], msg: 'Field required', type: 'missing' }]
  return new Problem('validation_failed', `body.${field}: Field required`, { errors })
}
