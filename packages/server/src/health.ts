import type { Checks } from '@clawdxcraft/protocol'
import type { Context } from './context.ts'
import { schemaVersion } from './db/migrate.ts'

interface Check {
  ok: boolean
  ms: number
  detail?: string
}

/** Whether what this process needs is there, each asked now. */
export async function checkHealth(context: Context): Promise<Checks> {
  const [database, migrations, redis] = await Promise.all([
    check(() => context.pool.query('select 1')),
    check(() => requireSchema(context)),
    context.redis && check(() => context.redis?.ping()),
  ])
  return { database, migrations, ...(redis && { redis }) }
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

/** What this process works with. */
export function adaptersOf({ config }: Context) {
  return {
    database: config.databaseUrl ? ('external' as const) : ('embedded' as const),
    limiter: config.redisUrl ? ('redis' as const) : ('memory' as const),
  }
}
