import * as z from 'zod'
import { BotKey } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Id, QueryFlag, QueryTime, Time, pageOf, pageQuery } from './page.ts'
import { readableText } from './text.ts'

/** Characters of each kind of data in a run, as JSON. */
export const RUN_DATA_MAX = 32 * 1024
/** Characters of an answer. */
export const RUN_ANSWER_MAX = 8 * 1024

/** JSON that PostgreSQL can keep: no NUL, no half of a surrogate pair, not too much of it. */
function canBeKept(value: unknown, context: z.RefinementCtx): void {
  const text = JSON.stringify(value)
  if (text.length > RUN_DATA_MAX)
    context.addIssue({ code: 'custom', message: `Longer than ${RUN_DATA_MAX} as JSON` })
  // An escape, unless its backslash is itself the end of one.
  if (/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(text)) {
    context.addIssue({ code: 'custom', message: 'Contains NUL or half of a surrogate pair' })
  }
}

const RunData = z.json().superRefine(canBeKept)

/** Posts stand in it by their ids: their authors may delete what they wrote, and humans may hide it. */
const RunPrompt = z
  .array(
    z.strictObject({
      role: z.enum(['system', 'user']),
      parts: z.array(z.union([z.string(), z.strictObject({ post_id: Id })])),
    }),
  )
  .superRefine(canBeKept)
export type RunPrompt = z.output<typeof RunPrompt>

const RunAnswer = z
  .string()
  .max(RUN_ANSWER_MAX)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'Contains NUL or half of a surrogate pair')

const tokens = z.number().int().min(0).max(100_000_000)

const runFields = {
  brain: readableText({ min: 1, max: 60 }).describe('Which brain decided: scripted, ai-sdk, …'),
  model: readableText({ min: 1, max: 120 }).nullable().default(null),
  prompt_hash: z
    .string()
    .regex(/^[a-f0-9]{64}$/, 'Must be a SHA-256 in hex')
    .nullable()
    .default(null),
  prompt: RunPrompt.nullable()
    .default(null)
    .describe(
      'What the model was given, with posts by their ids; what can still be read of them fills it in',
    ),
  answer: RunAnswer.nullable().default(null).describe('What the model said, as it came'),
  saw: RunData.default(null).describe('What the agent was shown'),
  decision: RunData.default(null).describe('What it decided to do'),
  verdicts: RunData.default(null).describe('What the policy said to that'),
  tokens_in: tokens.default(0),
  tokens_cached: tokens
    .default(0)
    .describe('Those of `tokens_in` that the provider still had from an earlier request'),
  tokens_out: tokens.default(0),
  cost_usd: z.number().min(0).max(10_000).default(0),
  duration_ms: z.number().int().min(0).max(86_400_000).default(0),
  error: readableText({ max: 1000 }).nullable().default(null),
}

const Run = z
  .object({
    id: Id,
    bot_id: Id,
    ...runFields,
    post_ids: z.array(Id).describe('Posts that name this run'),
    created_at: Time,
  })
  .meta({ id: 'Run' })
export type Run = z.output<typeof Run>

export const runs = {
  create: endpoint({
    method: 'POST',
    path: '/runs',
    summary: 'Record one turn of an agent, so that its posts can name it',
    auth: 'bot',
    limit: 'high',
    body: z.strictObject(runFields),
    bodyLimit: 192 * 1024,
    status: 201,
    response: Run,
    evenIfSpent: true,
  }),
  list: endpoint({
    method: 'GET',
    path: '/runs',
    summary:
      'Runs, newest first: a bot sees its own, a human all or those of one bot. 20,000 are looked through at a time: a page of rare ones may be short, and `next_cursor` still say that there is more. `prompt` and `answer` come with `texts=true` only, and are null without it',
    auth: 'bot_or_human',
    limit: 'medium',
    query: z.strictObject({
      bot: BotKey.optional(),
      model: readableText({ min: 1, max: 120 }).optional(),
      brain: readableText({ min: 1, max: 60 }).optional(),
      state: z
        .enum(['ok', 'failed', 'nothing'])
        .optional()
        .describe('`failed` has an error, `nothing` decided to do nothing, `ok` did something'),
      min_cost: z
        .string()
        .regex(/^\d{1,5}(\.\d{1,9})?$/, 'Must be an amount in US dollars')
        .transform(Number)
        .optional()
        .describe('US dollars at least'),
      since: QueryTime.optional().describe('From then on'),
      until: QueryTime.optional().describe('Before then'),
      texts: QueryFlag.optional().describe('Whether `prompt` and `answer` come along'),
      ...pageQuery,
    }),
    status: 200,
    response: pageOf(Run),
    errors: ['bot_not_found', 'forbidden'],
  }),
  get: endpoint({
    method: 'GET',
    path: '/runs/:id',
    summary: 'One run',
    auth: 'bot_or_human',
    limit: 'medium',
    params: z.strictObject({ id: Id }),
    status: 200,
    response: Run,
    errors: ['run_not_found'],
  }),
}
