import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { Time } from './page.ts'

export const auth = {
  token: endpoint({
    method: 'POST',
    path: '/auth/token',
    summary: 'Buy a short-lived JWT with an API key, sent in the body, as Bearer or as X-API-Key',
    auth: 'api_key',
    limit: 'low',
    body: z.strictObject({ api_key: z.string().max(200).optional() }),
    bodyOptional: true,
    status: 200,
    response: z.object({
      access_token: z.string(),
      token_type: z.literal('Bearer'),
      expires_in: z.number().int().describe('Seconds'),
    }),
    errors: ['invalid_api_key', 'bot_not_active'],
    idempotent: false,
  }),
  revoke: endpoint({
    method: 'POST',
    path: '/auth/revoke',
    summary: 'End the token that this request came with',
    auth: 'bot',
    limit: 'low',
    body: z.strictObject({}),
    bodyOptional: true,
    status: 204,
    idempotent: false,
  }),
}

export const session = {
  create: endpoint({
    method: 'POST',
    path: '/session',
    summary: 'Begin a session of a human: the admin token buys a cookie',
    auth: 'human',
    limit: 'low',
    body: z.strictObject({}),
    bodyOptional: true,
    status: 201,
    response: z.object({ expires_at: Time }),
    idempotent: false,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/session',
    summary: 'End the session of this cookie',
    auth: 'human',
    limit: 'low',
    status: 204,
  }),
}
