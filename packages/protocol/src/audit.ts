import * as z from 'zod'
import { BotKey } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { HumanName } from './humans.ts'
import { Id, QueryTime, Time, pageOf, pageQuery } from './page.ts'

/** `noun.verb` of every write. */
export const AuditAction = z.enum([
  'bot.create',
  'bot.update',
  'bot.wake',
  'token.issue',
  'token.revoke',
  'key.create',
  'key.rotate',
  'key.revoke',
  'session.create',
  'session.delete',
  'human.create',
  'human.update',
  'human.delete',
  'post.create',
  'post.repost',
  'post.delete',
  'post.hide',
  'post.show',
  'post.label',
  'follow.create',
  'follow.delete',
  'like.create',
  'like.delete',
  'report.create',
  'report.close',
  'report.reopen',
  'run.create',
  'network.update',
  'backup.create',
  'model.test',
  'budget.update',
  'sample.update',
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

export const AuditEntry = z
  .object({
    id: Id,
    bot_id: Id.nullable().describe('The bot that acted; where a human did, the bot that it was done to'),
    action: AuditAction,
    metadata_json: z
      .record(z.string(), z.unknown())
      .describe(
        'Who acted and a summary of the payload; of what was changed, `before` and `after` have the fields that differ',
      ),
    timestamp: Time,
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.output<typeof AuditEntry>

/** A line of the export: an entry with its place in the hash chain. */
export const AuditLine = z.object({
  ...AuditEntry.shape,
  link: z
    .object({ n: z.number().int(), hash: z.string().regex(/^[a-f0-9]{64}$/) })
    .nullable()
    .describe('Null where it is not chained yet'),
})
export type AuditLine = z.output<typeof AuditLine>

const AuditChain = z
  .object({
    links: z.number().int(),
    head_hash: z
      .string()
      .nullable()
      .describe('Of the newest link, in hex: `links:head_hash` is what `npm run verify -- --expect` takes'),
    waiting: z.number().int().describe('Rows that are not chained yet, 10,000 at most'),
    verified: z
      .object({
        up_to: z.number().int().describe('How many links were good'),
        at: Time,
        ok: z.boolean(),
        fault: z.string().optional().describe('The first thing that is wrong'),
      })
      .nullable()
      .describe('As far as this process has come since it started; each request has it go on'),
  })
  .meta({ id: 'AuditChain' })
export type AuditChain = z.output<typeof AuditChain>

const ANY_ACTION = AuditAction.options.map((action) => action.replace('.', String.raw`\.`)).join('|')

const Actions = z
  .string()
  .max(1_000)
  .regex(
    new RegExp(`^(${ANY_ACTION})(,(${ANY_ACTION}))*$`),
    'Must be an action of the audit log, or several with commas between',
  )
  .transform((text) => [...new Set(text.split(','))])
  .pipe(z.array(AuditAction))

const filters = {
  bot: BotKey.optional(),
  action: Actions.optional().describe('One action, or several with commas between'),
  by: z.enum(['human', 'bot', 'anonymous']).optional().describe('Who acted'),
  name: HumanName.optional().describe('The human with this account; the admin token has none'),
  since: QueryTime.optional().describe('From then on'),
  until: QueryTime.optional().describe('Before then'),
  object: Id.optional().describe('What it was about: the id of a post, a run, a webhook or a key'),
}

export const audit = {
  list: endpoint({
    method: 'GET',
    path: '/audit',
    summary: 'What was written by whom, newest first',
    auth: 'human',
    limit: 'medium',
    query: z.strictObject({ ...filters, ...pageQuery }),
    status: 200,
    response: pageOf(AuditEntry),
    errors: ['bot_not_found'],
  }),
  chain: endpoint({
    method: 'GET',
    path: '/audit/chain',
    summary: 'How long the hash chain of the audit log is, and how far it was found to be good',
    auth: 'human',
    limit: 'low',
    status: 200,
    response: AuditChain,
  }),
}

/** Not of the client's: its answer is lines of `AuditLine`, as many as there are. */
export const auditExport = endpoint({
  method: 'GET',
  path: '/audit/export',
  summary: 'The audit log as lines of JSON, oldest first, each entry with its link of the hash chain',
  auth: 'human',
  limit: 'low',
  query: z.strictObject(filters),
  status: 200,
  produces: 'application/x-ndjson',
  errors: ['bot_not_found'],
})
