import type { Cluster, Redis } from 'ioredis'
import type { Config } from './config.ts'
import { createPool, requireDurableCommits } from './db/pool.ts'
import type { Pool } from './db/pool.ts'
import type { Log } from './log.ts'
import { createGuard } from './delivery/guard.ts'
import type { Guard } from './delivery/guard.ts'
import { createOutbound, selfTest } from './delivery/outbound.ts'
import type { Outbound } from './delivery/outbound.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { createPasswords } from './passwords/passwords.ts'
import type { Passwords } from './passwords/passwords.ts'
import { createPersonaParser } from './personas/parser.ts'
import type { PersonaParser } from './personas/parser.ts'
import { createPostgresBus } from './ports/bus.ts'
import type { Bus } from './ports/bus.ts'
import { createRedisBus } from './ports/bus-redis.ts'
import { createMemoryLimiter } from './ports/limiter.ts'
import type { Limiter } from './ports/limiter.ts'
import { createRedisLimiter } from './ports/limiter-redis.ts'
import { openRedis } from './ports/redis.ts'
import { createRefusals } from './ports/refusals.ts'
import type { Refusals } from './ports/refusals.ts'
import { createSwitch } from './ports/switch.ts'
import type { Switch } from './ports/switch.ts'
import { loadSecrets } from './secrets.ts'
import type { Secrets } from './secrets.ts'

/** What a process does: answer requests, run the loops beside them, or both. */
export type ServingRole = 'all' | 'api' | 'worker'

/** What the parts of the server share, made once and passed plainly. */
export interface Context {
  readonly config: Config
  readonly role: ServingRole
  readonly log: Log
  readonly databaseUrl: string
  readonly pool: Pool
  readonly redis: Redis | Cluster | undefined
  readonly limiter: Limiter
  readonly refusals: Refusals
  readonly secrets: Secrets
  readonly metrics: Metrics
  readonly personas: PersonaParser
  readonly passwords: Passwords
  readonly bus: Bus
  /** Whether bots may write. */
  readonly writing: Switch
  /** What may be called from here, and how. */
  readonly guard: Guard
  readonly outbound: Outbound
  /** How many webhooks are being tested, by origin. */
  readonly probing: Map<string, number>
  /** True from the first sign of shutting down. */
  draining: boolean
  close(): Promise<void>
}

interface ContextOptions {
  readonly config: Config
  readonly databaseUrl: string
  readonly log: Log
  readonly role: ServingRole
}

export async function openContext({ config, databaseUrl, log, role }: ContextOptions): Promise<Context> {
  const pool = createPool(databaseUrl, config.poolSize, log)
  const { redisUrl } = config
  const redis = redisUrl ? openRedis(redisUrl, log) : undefined
  const personas = createPersonaParser(log)
  const passwords = createPasswords()
  const guard = createGuard(config.webhookAllow)
  const outbound = createOutbound(guard)
  const close = async () => {
    personas.close()
    passwords.close()
    await outbound.close()
    redis?.disconnect()
    await pool.end()
  }
  const secrets = await checkAndLoad(pool, config).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    config,
    role,
    log,
    databaseUrl,
    pool,
    redis,
    limiter: redis ? createRedisLimiter(config.limits, redis, log) : createMemoryLimiter(config.limits),
    refusals: createRefusals(),
    secrets,
    metrics: createMetrics(pool),
    personas,
    passwords,
    bus:
      redis && redisUrl
        ? createRedisBus(redis, () => openRedis(redisUrl, log), log)
        : createPostgresBus(databaseUrl, pool, log),
    writing: createSwitch(pool),
    guard,
    outbound,
    probing: new Map(),
    draining: false,
    close,
  }
}

/** What must hold for anything to be served. */
async function checkAndLoad(pool: Pool, { secretKey }: Config): Promise<Secrets> {
  await selfTest()
  await requireDurableCommits(pool)
  return loadSecrets(pool, secretKey)
}
