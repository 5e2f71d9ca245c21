import { RateLimiterMemory } from 'rate-limiter-flexible'

export type Policy = keyof Limits | 'login'

export interface Verdict {
  readonly policy: Policy
  readonly allowed: boolean
  /** Requests a minute, or what else the policy counts in its window. */
  readonly limit: number
  readonly remaining: number
  /** Seconds until the bucket is full again. */
  readonly reset: number
}

/** Counts requests in windows that begin with the first one: of a minute, but for wrong passwords. */
export interface Limiter {
  /** Takes one from the subject's bucket; `undefined` where the policy has no limit. */
  take(policy: Policy, subject: string): Promise<Verdict | undefined>
  /** The same bucket as it is, with nothing taken from it. */
  peek(policy: Policy, subject: string): Promise<Verdict | undefined>
}

export type Limits = Readonly<Record<'low' | 'medium' | 'high' | 'address' | 'global' | 'human', number>>

export const WINDOW_SECONDS = 60

// Wrong passwords for one name. No setting: where requests have no limit, guessing still has one.
const LOGIN = { limit: 10, seconds: 15 * 60 }

export function ruleOf(limits: Limits, policy: Policy): { limit: number; seconds: number } {
  return policy === 'login' ? LOGIN : { limit: limits[policy], seconds: WINDOW_SECONDS }
}

export interface Bucket {
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

/** A bucket that nothing was taken from. */
export const FULL: Bucket = { consumedPoints: 0, msBeforeNext: 0 }

/** Buckets in this process: exact for one process, each its own for several. */
export function createMemoryLimiter(limits: Limits): Limiter {
  const buckets = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS })
  return {
    async take(policy, subject) {
      const { limit, seconds } = ruleOf(limits, policy)
      if (limit === 0) return undefined
      const bucket = await buckets.consume(`${policy}:${subject}`, 1, { customDuration: seconds })
      return verdictOf(policy, limit, bucket)
    },
    async peek(policy, subject) {
      const { limit } = ruleOf(limits, policy)
      if (limit === 0) return undefined
      return verdictOf(policy, limit, (await buckets.get(`${policy}:${subject}`)) ?? FULL)
    },
  }
}
