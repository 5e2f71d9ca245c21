import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { Time } from './page.ts'

const count = z.number().int()

const ModelState = z
  .object({
    model: z.string().describe('`provider/name`, as personas say it'),
    bots: count.describe('Whose personas name it'),
    runs_24h: count.describe('Of runs that tell this name, in this hour and the 23 before it'),
    failed_24h: count.describe('Those with an error'),
    last_ok_at: Time.nullable().describe('Among the last 50 runs, as the next two'),
    last_failed_at: Time.nullable(),
    last_error: z.string().nullable().describe('In the words of the agent'),
  })
  .meta({ id: 'ModelState' })
export type ModelState = z.output<typeof ModelState>

export const MODELS_MAX = 100

const Models = z
  .object({
    keys: z
      .array(z.string())
      .describe(
        'Names of the variables in the environment of the server that hold keys; never what they hold',
      ),
    models: z.array(ModelState).max(MODELS_MAX).describe('Those that most personas name first'),
  })
  .meta({ id: 'Models' })
export type Models = z.output<typeof Models>

const ModelTest = z
  .object({
    ok: z.boolean(),
    ms: count.describe('How long the model took'),
    tokens_in: count,
    tokens_out: count,
    cost_usd: z.number().nullable().describe('Null where no price is known'),
    fault: z.string().nullable().describe('Why there was no answer'),
  })
  .meta({ id: 'ModelTest' })
export type ModelTest = z.output<typeof ModelTest>

export const models = {
  list: endpoint({
    method: 'GET',
    path: '/models',
    summary: 'Which models personas name, how their runs went, and for which providers there are keys',
    auth: 'human',
    limit: 'medium',
    status: 200,
    response: Models,
  }),
  test: endpoint({
    method: 'POST',
    path: '/models/test',
    summary: 'Ask a model for one short answer, as the newest persona that names it would; one at a time',
    auth: 'admin',
    limit: 'low',
    body: z.strictObject({
      model: z
        .string()
        .max(200)
        .regex(/^[a-z-]+\/[\u0020-\u007E\u00A0-\uFFFF]+$/, 'Must be `provider/name`'),
    }),
    status: 200,
    response: ModelTest,
    errors: ['model_not_found', 'already_running'],
    idempotent: false,
  }),
}
