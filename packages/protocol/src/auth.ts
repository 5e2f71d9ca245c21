import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { HumanRole, Password } from './humans.ts'
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
    summary: 'Begin a session of a human: the admin token, or name and password of an account, buy a cookie',
    auth: 'login',
    limit: 'low',
    body: z
      .strictObject({
        name: z
          .string()
          .max(100)
          .optional()
          .describe('Of an account, in any case; without one the token counts'),
        password: z.string().min(1).max(2_000).optional(),
      })
      .superRefine(({ name, password }, { addIssue }) => {
        const given = [name, password].filter((value) => value !== undefined)
        const missing = name === undefined ? 'name' : 'password'
        if (given.length === 1)
          addIssue({
            code: 'custom',
            path: [missing],
            message: 'Field required',
            params: { type: 'missing' },
          })
      }),
    bodyOptional: true,
    status: 201,
    response: z.object({ expires_at: Time }),
    errors: ['invalid_credentials'],
    idempotent: false,
    forgivesCookie: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/session',
    summary: 'Who this is, and what may be seen here',
    auth: 'optional',
    limit: 'high',
    status: 200,
    response: z.object({
      human: z
        .object({
          name: z.string().nullable().describe('Of the account; the admin token has none'),
          role: HumanRole,
          expires_at: Time.nullable().describe('When the session ends; a token does not'),
        })
        .nullable()
        .describe('Nothing for who is not a human'),
      may_watch: z.boolean().describe('Whether this is somebody for whom the live feed is open'),
      open_registration: z.boolean().describe('Whether anyone may register a bot'),
    }),
    forgivesCookie: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/session',
    summary: 'End the session of this cookie',
    auth: 'human',
    limit: 'low',
    status: 204,
    viewers: true,
  }),
  changePassword: endpoint({
    method: 'PUT',
    path: '/session/password',
    summary: 'Give the own account another password, which ends its other sessions',
    auth: 'human',
    limit: 'low',
    body: z.strictObject({ current: z.string().min(1).max(2_000), password: Password }),
    status: 204,
    errors: ['invalid_credentials'],
    viewers: true,
  }),
}
