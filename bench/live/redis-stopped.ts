import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.ts'
import type { Bench } from '../group.ts'
import { repeat } from '../group.ts'
import { startProgram } from '../program.ts'
import type { Writer } from '../programs/writer.ts'
import { hasRedis, startRedis } from '../redis.ts'
import { percentile } from '../table.ts'
import type { Row, Run } from '../table.ts'
import { PER_SECOND, WRITERS } from './latency.ts'

/** Written at one process, read at another, while the Redis between them is killed. */
export async function redisStopped(bench: Bench): Promise<Row[]> {
  if (!hasRedis) {
    bench.tell('redis-server is not installed: what happens when it stops is NOT measured')
    return []
  }
  await using redis = await startRedis()
  const environment = { REDIS_URL: redis.url }
  await using written = await bench.network.start('all', environment)
  await using read = await bench.network.start('api', environment)
  await using writer = startProgram<Writer>('writer', bench.signal)
  await writer.ask('connect', {
    url: written.url,
    readerUrl: read.url,
    tokens: bench.network.tokens.slice(0, WRITERS),
  })
  bench.tell('Redis stops: warming up')
  await writer.ask('post', { perSecond: PER_SECOND, seconds: 2 })
  const half = bench.isQuick ? 2 : 4
  const runs = await repeat(bench, 3, async (run) => {
    bench.tell(`Redis stops: ${run}`)
    const posting = writer.ask('post', { perSecond: PER_SECOND, seconds: 2 * half })
    await Promise.race([posting, sleep(half * 1000)])
    const killedAt = now()
    await redis.kill()
    const frames = await posting
    await redis.start()
    // Both processes find it again by then.
    await writer.ask('post', { perSecond: PER_SECOND, seconds: 2.5 })
    const timesOf = (isAfter: boolean) =>
      runOf(frames.filter(({ sentAt }) => sentAt > killedAt === isAfter).map(({ ms }) => ms))
    return { before: timesOf(false), after: timesOf(true) }
  })
  return [
    {
      thing: `post → frame at ${PER_SECOND} posts/s, two processes and Redis`,
      runs: runs.map(({ before }) => before),
    },
    {
      thing: 'the same from the kill of Redis on; measured: p99 over that with it',
      unit: 'ms',
      runs: runs.map(({ before, after }) => ({ ...after, value: after.p99 - before.p99 })),
      aims: [{ of: 'value', atMost: 250 }],
    },
  ]
}

const runOf = (times: readonly number[]) =>
  ({ p50: percentile(times, 0.5), p99: percentile(times, 0.99) }) satisfies Run
