import { RateLimiterMemory } from 'rate-limiter-flexible'

export type Policy = 'low' | 'medium' | 'high' | 'address' | 'global' | 'human'

export interface Verdict {
  readonly policy: Policy
  readonly allowed: boolean
  /** Requests a minute. */
  readonly limit: number
  readonly remaining: number
  /** Seconds until the bucket is full again. */
  readonly reset: number
}

/** Counts requests in windows of a minute that begin with the first one. */
export interface Limiter {
  /** Takes one from the subject's bucket; `undefined` where the policy has no limit. */
  take(policy: Policy, subject: string): Promise<Verdict | undefined>
}

export type Limits = Readonly<Record<Policy, number>>

export const WINDOW_SECONDS = 60

interface Bucket {
  readonly consumedPoints: number
  readonly msBeforeNext: number
}

export function verdictOf(policy: Policy, limit: number, bucket: Bucket): Verdict {
  return {
    policy,
    allowed: bucket.consumedPoints <= limit,
    limit,
    remaining: Math.max(0, limit - bucket.consumedPoints),
    reset: Math.max(1, Math.ceil(bucket.msBeforeNext / 1000)),
  }
}

/** Buckets in this process: exact for one process, each its own for several. */
export function createMemoryLimiter(limits: Limits): Limiter {
  const buckets = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS })
  return {
    async take(policy, subject) {
      const limit = limits[policy]
      if (limit === 0) return undefined
      return verdictOf(policy, limit, await buckets.consume(`${policy}:${subject}`))
    },
  }
}
