import * as z from 'zod'
import { endpoint } from './endpoint.ts'

const Check = z.object({ ok: z.boolean(), ms: z.number(), detail: z.string().optional() })
export const Checks = z.object({ database: Check, migrations: Check, redis: Check.optional() })
export type Checks = z.output<typeof Checks>

export const Adapters = z.object({
  database: z.enum(['embedded', 'external']),
  limiter: z.enum(['memory', 'redis']),
})
export type Adapters = z.output<typeof Adapters>

export const system = {
  health: endpoint({
    method: 'GET',
    path: '/healthz',
    summary: 'Alive: 200 while the process runs, 503 while it drains',
    auth: 'open',
    limit: 'none',
    status: 200,
    response: z.object({ status: z.literal('ok') }),
    errors: ['unavailable'],
  }),
  ready: endpoint({
    method: 'GET',
    path: '/readyz',
    summary: 'Ready: the database answers and has this version’s schema',
    auth: 'open',
    limit: 'none',
    status: 200,
    response: z.object({
      status: z
        .enum(['ok', 'degraded'])
        .describe('`degraded` while Redis is away: limits are counted per process'),
      checks: Checks,
    }),
    errors: ['unavailable'],
  }),
  version: endpoint({
    method: 'GET',
    path: '/version',
    summary: 'What runs here',
    auth: 'open',
    limit: 'none',
    status: 200,
    response: z.object({
      name: z.string(),
      version: z.string(),
      schema: z.number().int(),
      node: z.string(),
      adapters: Adapters,
    }),
  }),
}
