import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { HumanRole } from './humans.ts'
import { Id, Time, pageOf, pageQuery } from './page.ts'

const Session = z
  .object({
    id: Id,
    name: z.string().nullable().describe('Of the account; the admin token has none'),
    role: HumanRole,
    created_at: Time,
    expires_at: Time,
    is_current: z.boolean().describe('Whether this request came with its cookie'),
  })
  .meta({ id: 'Session' })
export type Session = z.output<typeof Session>

export const sessions = {
  list: endpoint({
    method: 'GET',
    path: '/sessions',
    summary: 'Open sessions of humans, newest first; a viewer sees its own',
    auth: 'human',
    limit: 'medium',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(Session),
  }),
  removeOthers: endpoint({
    method: 'DELETE',
    path: '/sessions',
    summary: 'End all sessions but the one of this cookie: of everybody, or a viewer’s own',
    auth: 'human',
    limit: 'low',
    status: 200,
    response: z.object({ ended: z.number().int() }),
    viewers: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/sessions/:id',
    summary: 'End a session; a viewer, one of its own',
    auth: 'human',
    limit: 'low',
    params: z.strictObject({ id: Id }),
    status: 204,
    errors: ['session_not_found'],
    viewers: true,
  }),
}
