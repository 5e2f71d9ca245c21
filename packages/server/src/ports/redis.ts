import { Cluster, Redis } from 'ioredis'
import type { Log } from '../log.ts'

const CLUSTER = /^(rediss?)\+cluster:/

// A client that fails at once instead of queueing: whoever asks Redis has another way to go on.
const options = {
  maxRetriesPerRequest: 0,
  // The limiter waits for less.
  commandTimeout: 500,
  connectTimeout: 2_000,
  // Subscriptions are made anew by who made them.
  autoResubscribe: false,
}
const retryStrategy = (times: number) => Math.min(2_000, 50 * 2 ** times)

/** Opens a Redis, or with `redis+cluster://` the cluster that this node belongs to. */
export function openRedis(url: string, log: Log): Redis | Cluster {
  const node = url.replace(CLUSTER, '$1:')
  const redis =
    node === url
      ? new Redis(url, { ...options, retryStrategy, enableOfflineQueue: false })
      : new Cluster([node], {
          redisOptions: options,
          clusterRetryStrategy: retryStrategy,
          enableOfflineQueue: false,
          shardedSubscribers: true,
        })
  redis.on('error', (error) => log.debug({ err: error }, 'Redis'))
  return redis
}
