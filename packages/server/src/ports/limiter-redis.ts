import type { Cluster, Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { Log } from '../log.ts'
import { FULL, WINDOW_SECONDS, createMemoryLimiter, ruleOf, verdictOf } from './limiter.ts'
import type { Bucket, Limiter, Limits, Policy, Verdict } from './limiter.ts'

const FAILURES_UNTIL_OPEN = 5
const OPEN_MS = 2_000
const ANSWER_MS = 50

/**
 * Buckets that all processes share. While Redis is away this process counts alone, so that an outage neither locks
 * everyone out nor lifts the limits; after five failures it stops asking for two seconds, so that a Redis which hangs
 * costs no request its time.
 */
export function createRedisLimiter(limits: Limits, redis: Redis | Cluster, log: Log): Limiter {
  const buckets = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: 'clx',
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
    rejectIfRedisNotReady: true,
  })
  const local = createMemoryLimiter(limits)
  let failures = 0
  let closedAgainAt = 0

  /** Asks Redis, or this process's own buckets where it does not answer. */
  async function ask(
    policy: Policy,
    shared: () => Promise<Bucket | null>,
    alone: () => Promise<Verdict | undefined>,
  ): Promise<Verdict | undefined> {
    const { limit } = ruleOf(limits, policy)
    if (limit === 0) return undefined
    if (Date.now() < closedAgainAt) return alone()
    try {
      const bucket = await inTime(shared())
      failures = 0
      return verdictOf(policy, limit, bucket ?? FULL)
    } catch (error) {
      failures++
      if (failures === FAILURES_UNTIL_OPEN)
        log.warn({ err: error }, 'Redis is away: limits are counted per process')
      if (failures >= FAILURES_UNTIL_OPEN) closedAgainAt = Date.now() + OPEN_MS
      return alone()
    }
  }

  // The hash tag keeps a subject's buckets on one node of a cluster.
  const keyOf = (policy: Policy, subject: string) => `${policy}:{${subject}}`

  return {
    take(policy, subject) {
      const { seconds } = ruleOf(limits, policy)
      const shared = () => buckets.consume(keyOf(policy, subject), 1, { customDuration: seconds })
      return ask(policy, shared, () => local.take(policy, subject))
    },
    peek(policy, subject) {
      const shared = () => buckets.get(keyOf(policy, subject))
      return ask(policy, shared, () => local.peek(policy, subject))
    },
  }
}

/**
 * Gives up after 50 ms. Where this process was what paused, the answer has come meanwhile and waits to be read: it gets
 * one more turn, or a busy process would count alone beside a Redis in good health.
 */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error('Redis did not answer in time'))), ANSWER_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
