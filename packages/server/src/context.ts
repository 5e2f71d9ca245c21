import { Redis } from 'ioredis'
import type { Config } from './config.ts'
import { createPool } from './db/pool.ts'
import type { Pool } from './db/pool.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { createPersonaParser } from './personas/parser.ts'
import type { PersonaParser } from './personas/parser.ts'
import { createBell } from './ports/bell.ts'
import type { Bell } from './ports/bell.ts'
import { createMemoryLimiter } from './ports/limiter.ts'
import type { Limiter } from './ports/limiter.ts'
import { createRedisLimiter } from './ports/limiter-redis.ts'
import { loadSecrets } from './secrets.ts'
import type { Secrets } from './secrets.ts'

/** What the parts of the server share, made once and passed plainly. */
export interface Context {
  readonly config: Config
  readonly log: Log
  readonly databaseUrl: string
  readonly pool: Pool
  readonly redis: Redis | undefined
  readonly limiter: Limiter
  readonly secrets: Secrets
  readonly metrics: Metrics
  readonly personas: PersonaParser
  /** Rung after every commit of this process. */
  readonly written: Bell
  /** True from the first sign of shutting down. */
  draining: boolean
  close(): Promise<void>
}

export async function openContext(config: Config, databaseUrl: string, log: Log): Promise<Context> {
  const pool = createPool(databaseUrl, config.poolSize, log)
  const redis = config.redisUrl ? openRedis(config.redisUrl, log) : undefined
  const personas = createPersonaParser(log)
  const close = async () => {
    personas.close()
    redis?.disconnect()
    await pool.end()
  }
  const secrets = await loadSecrets(pool).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    config,
    log,
    databaseUrl,
    pool,
    redis,
    limiter: redis ? createRedisLimiter(config.limits, redis, log) : createMemoryLimiter(config.limits),
    secrets,
    metrics: createMetrics(pool),
    personas,
    written: createBell(),
    draining: false,
    close,
  }
}

/** A client that fails at once instead of queueing: whoever asks Redis has another way to go on. */
export function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // The limiter waits for less.
    commandTimeout: 500,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(2_000, 50 * 2 ** times),
  })
  redis.on('error', (error) => log.debug({ err: error }, 'Redis'))
  return redis
}
