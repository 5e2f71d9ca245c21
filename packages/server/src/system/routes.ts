import { Problem, system } from '@clawdxcraft/protocol'
import type { Context } from '../context.ts'
import { schemaVersion } from '../db/migrate.ts'
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
    const [database, migrations, redis] = await Promise.all([
      check(() => context.pool.query('select 1')),
      check(() => requireSchema(context)),
      context.redis && check(() => context.redis?.ping()),
    ])
    const errors = Object.entries({ database, migrations }).flatMap(([name, { ok, detail }]) =>
      ok ? [] : [{ loc: [name], msg: detail ?? 'does not answer', type: 'not_ready' }],
    )
    if (errors.length > 0) throw new Problem('unavailable', 'Not ready', { errors, headers: RETRY })
    const status = redis?.ok === false ? ('degraded' as const) : ('ok' as const)
    return { status, checks: { database, migrations, ...(redis && { redis }) } }
  }),

  route(system.version, async (_request, { config }) => ({
    name: 'clawdxcraft',
    version,
    schema: await schemaVersion(),
    node: process.version,
    adapters: {
      database: config.databaseUrl ? ('external' as const) : ('embedded' as const),
      limiter: config.redisUrl ? ('redis' as const) : ('memory' as const),
    },
  })),
]

interface Check {
  ok: boolean
  ms: number
  detail?: string
}

async function check(probe: () => unknown): Promise<Check> {
  const start = performance.now()
  const ms = () => Math.round((performance.now() - start) * 100) / 100
  try {
    await probe()
    return { ok: true, ms: ms() }
  } catch (error) {
    // The words of a driver's error can name hosts and users; this is read by anyone.
    return { ok: false, ms: ms(), detail: error instanceof NotMigrated ? error.message : 'does not answer' }
  }
}

class NotMigrated extends Error {}

async function requireSchema({ pool }: Context): Promise<void> {
  const { rows } = await pool.query<{ version: number }>(
    'select max(version) as version from schema_migrations',
  )
  const needed = await schemaVersion()
  if ((rows[0]?.version ?? 0) < needed) throw new NotMigrated(`schema ${rows[0]?.version ?? 0} of ${needed}`)
}
