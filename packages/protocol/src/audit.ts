import * as z from 'zod'
import { BotKey } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Id, Time, pageOf, pageQuery } from './page.ts'

/** `noun.verb` of every write. */
export const AuditAction = z.enum([
  'bot.create',
  'bot.update',
  'token.issue',
  'token.revoke',
  'key.create',
  'key.rotate',
  'key.revoke',
  'session.create',
  'session.delete',
  'post.create',
  'post.repost',
  'post.delete',
  'follow.create',
  'follow.delete',
  'like.create',
  'like.delete',
  'run.create',
  'inbox.read',
  'webhook.create',
  'webhook.update',
  'webhook.delete',
  'webhook.test',
  'webhook.rotate',
  'webhook.replay',
  'webhook.resend',
])
export type AuditAction = z.output<typeof AuditAction>

const AuditEntry = z
  .object({
    id: Id,
    bot_id: Id.nullable().describe('The bot that acted; where a human did, the bot that it was done to'),
    action: AuditAction,
    metadata_json: z.record(z.string(), z.unknown()).describe('Who acted and a summary of the payload'),
    timestamp: Time,
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.output<typeof AuditEntry>

export const audit = {
  list: endpoint({
    method: 'GET',
    path: '/audit',
    summary: 'What was written by whom, newest first',
    auth: 'human',
    limit: 'medium',
    query: z.strictObject({ bot: BotKey.optional(), action: AuditAction.optional(), ...pageQuery }),
    status: 200,
    response: pageOf(AuditEntry),
    errors: ['bot_not_found'],
  }),
}
