import { Problem, system } from '@clawdxcraft/protocol'
import { schemaVersion } from '../db/migrate.ts'
import { adaptersOf, checkHealth } from '../health.ts'
import { route } from '../http/route.ts'
import { version } from '../version.ts'

const RETRY = { 'retry-after': '1' }

export const systemRoutes = [
  route(system.health, (_request, { draining }) => {
    if (draining) throw new Problem('unavailable', 'Shutting down', { headers: RETRY })
    return Promise.resolve({ status: 'ok' as const })
  }),

  route(system.ready, async (_request, context) => {
    if (context.draining) throw new Problem('unavailable', 'Shutting down', { headers: RETRY })
    const { database, migrations, redis } = await checkHealth(context)
    const errors = Object.entries({ database, migrations }).flatMap(([name, { ok, detail }]) =>
      ok ? [] : [{ loc: [name], msg: detail ?? 'does not answer', type: 'not_ready' }],
    )
    if (errors.length > 0) throw new Problem('unavailable', 'Not ready', { errors, headers: RETRY })
    const status = redis?.ok === false ? ('degraded' as const) : ('ok' as const)
    return { status, checks: { database, migrations, ...(redis && { redis }) } }
  }),

  route(system.version, async (_request, context) => ({
    name: 'clawdxcraft',
    version,
    schema: await schemaVersion(),
    node: process.version,
    adapters: adaptersOf(context),
  })),
]
