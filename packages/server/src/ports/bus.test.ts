import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createDatabase } from '../../test/harness.ts'
import { hasRedisServer, startOwnRedis } from '../../test/own-redis.ts'
import type { OwnRedis } from '../../test/own-redis.ts'
import { freePort } from '../../test/spawn-server.ts'
import { createPool } from '../db/pool.ts'
import { createLog } from '../log.ts'
import { createPostgresBus } from './bus.ts'
import type { Bus } from './bus.ts'
import { createRedisBus } from './bus-redis.ts'
import { openRedis } from './redis.ts'

const log = createLog('silent')
const PATIENCE = { timeout: 10_000, interval: 20 }

interface Process {
  readonly bus: Bus
  close(): Promise<void>
}

let processes: Process[] = []
afterEach(async () => {
  for (const one of processes) await one.close()
  processes = []
})

/** As many processes, each of which hears the others. */
async function start(count: number, open: () => Process): Promise<Bus[]> {
  processes = Array.from({ length: count }, open)
  const buses = processes.map(({ bus }) => bus)
  for (const one of buses) for (const other of buses) await heard(one, other)
  return buses
}

/** Rings until it is heard: who has just connected may not listen yet. */
async function heard(from: Bus, at: Bus): Promise<void> {
  const before = at.sequenced.rings
  await expect
    .poll(() => {
      if (at.sequenced.rings === before) from.sequenced.ring()
      return at.sequenced.rings
    }, PATIENCE)
    .toBeGreaterThan(before)
}

async function quiet(bus: Bus): Promise<number> {
  for (let rings = -1; rings !== bus.sequenced.rings + bus.written.rings; await sleep(100))
    rings = bus.sequenced.rings + bus.written.rings
  return bus.sequenced.rings
}

function listening(bus: Bus, end: () => Promise<void>): Process {
  const over = new AbortController()
  const listened = bus.listen(over.signal)
  return {
    bus,
    async close() {
      over.abort()
      await listened
      await end()
    },
  }
}

function conforms(open: () => Process): void {
  test('rings at once where it is rung, and soon everywhere else, without an echo', async () => {
    const [one, other] = (await start(2, open)) as [Bus, Bus]
    const [mine, theirs] = [await quiet(one), await quiet(other)]
    one.sequenced.ring()
    expect(one.sequenced.rings).toBe(mine + 1)
    await expect.poll(() => other.sequenced.rings, PATIENCE).toBe(theirs + 1)
    expect(await quiet(one)).toBe(mine + 1)
    expect(await quiet(other)).toBe(theirs + 1)
  })

  test('a thousand rings are few, and the last is heard', async () => {
    const [one, other] = (await start(2, open)) as [Bus, Bus]
    const before = await quiet(other)
    for (let index = 0; index < 1_000; index++) one.sequenced.ring()
    await expect.poll(() => other.sequenced.rings, PATIENCE).toBeGreaterThan(before)
    expect((await quiet(other)) - before).toBeLessThanOrEqual(10)
  })
}

describe('a bus over PostgreSQL', () => {
  let databaseUrl: string
  beforeAll(async () => {
    databaseUrl = await createDatabase()
  })
  const open = (): Process => {
    const pool = createPool(databaseUrl, 2, log)
    return listening(createPostgresBus(databaseUrl, pool, log), () => pool.end())
  }
  conforms(open)

  test('hears again after its connection was cut', async () => {
    const [one, other] = (await start(2, open)) as [Bus, Bus]
    const pool = createPool(databaseUrl, 1, log)
    await pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()",
    )
    await pool.end()
    await heard(one, other)
    await heard(other, one)
  })

  test('keeps commits to itself: a notification for each would make them queue', async () => {
    const [one, other] = (await start(2, open)) as [Bus, Bus]
    const before = other.written.rings
    one.written.ring()
    await heard(one, other)
    expect(other.written.rings).toBe(before)
  })
})

describe.runIf(hasRedisServer).each([
  ['Redis', 'redis://'],
  ['a Redis cluster', 'redis+cluster://'],
])('a bus over %s', (_name, scheme) => {
  let own: OwnRedis
  let folder: string
  beforeAll(async () => {
    const isCluster = scheme.includes('cluster')
    folder = await mkdtemp(join(tmpdir(), 'clawdx-redis-'))
    const cluster = [
      ...['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())],
      ...['--cluster-announce-ip', '127.0.0.1', '--dir', folder],
    ]
    own = await startOwnRedis(isCluster ? cluster : [])
    if (isCluster) await formCluster(own.url)
  })
  afterAll(async () => {
    await own.kill()
    await rm(folder, { recursive: true, force: true })
  })
  const open = (): Process => {
    const url = own.url.replace('redis://', scheme)
    const redis = openRedis(url, log)
    return listening(
      createRedisBus(redis, () => openRedis(url, log), log),
      async () => redis.disconnect(),
    )
  }
  conforms(open)

  test('carries commits, too', async () => {
    const [one, other] = (await start(2, open)) as [Bus, Bus]
    const before = other.written.rings
    one.written.ring()
    await expect.poll(() => other.written.rings, PATIENCE).toBe(before + 1)
  })

  test('hears again after Redis has cut off who listens', async () => {
    const [one, other] = (await start(2, open)) as [Bus, Bus]
    const admin = new Redis(own.url)
    expect(await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBeGreaterThanOrEqual(2)
    admin.disconnect()
    await heard(one, other)
    await heard(other, one)
  })
})

async function formCluster(url: string): Promise<void> {
  const admin = new Redis(url)
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383)
  await vi.waitFor(async () => expect(await admin.cluster('INFO')).toContain('cluster_state:ok'), PATIENCE)
  admin.disconnect()
}
