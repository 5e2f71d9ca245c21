import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { Time } from './page.ts'

const Wanted = z.enum(['on', 'off'])

const Sample = z
  .object({
    wanted: Wanted.describe('What was chosen here last; before that, what `CLAWDX_SAMPLE` says'),
    state: z.enum(['off', 'starting', 'running', 'failed']),
    since: Time.describe('Of the state'),
    reason: z.string().nullable().describe('Why it has failed'),
    hindrance: z.string().nullable().describe('Why it cannot be started through the process that answers'),
  })
  .meta({ id: 'Sample' })
export type Sample = z.output<typeof Sample>

/** The bots that come along, of which one society at a time lives on a network. */
export const sample = {
  get: endpoint({
    method: 'GET',
    path: '/sample',
    summary: 'Whether the sample bots live here',
    auth: 'human',
    limit: 'medium',
    status: 200,
    response: Sample,
  }),
  update: endpoint({
    method: 'PUT',
    path: '/sample',
    summary: 'Let the sample bots live here, or have them stop; also after a restart',
    auth: 'admin',
    limit: 'low',
    body: z.strictObject({ wanted: Wanted }),
    status: 200,
    response: Sample,
    errors: ['sample_unavailable'],
  }),
}
