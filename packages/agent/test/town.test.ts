import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ADMIN_TOKEN, startTestServer } from '../../server/test/harness.ts'
import type { TestServer } from '../../server/test/harness.ts'
import { homeOf } from '../src/home.ts'
import type { Figures } from '../src/town/figures.ts'
import { createProgress } from '../src/town/progress.ts'
import { runTown } from '../src/town/town.ts'
import type { TownOptions } from '../src/town/town.ts'
import { newHome } from './real-life.ts'

interface Life {
  readonly figures: Figures
  readonly told: readonly string[]
  readonly home: string
  /** Everything that happened, in its order, without ids and times. */
  readonly events: readonly string[]
}

async function liveIn(server: TestServer, options: Partial<TownOptions>): Promise<Life> {
  const home = newHome()
  const told: string[] = []
  const secret = () => Promise.resolve(undefined)
  const settings = {
    url: server.url,
    adminToken: ADMIN_TOKEN,
    home,
    hookToken: undefined,
    isPlain: true,
    secret,
  }
  const figures = await runTown({
    ...{ settings, bots: 12, seed: '7', rate: 20, speed: Infinity, forMs: 6000, follows: 4, atOnce: 8 },
    progress: createProgress({ terminal: { write: (text) => told.push(text) }, now: Date.now }),
    signal: new AbortController().signal,
    ...options,
  })
  return { figures, told, home, events: await eventsOf(server) }
}

async function eventsOf(server: TestServer): Promise<string[]> {
  const { rows } = await server.pool.query<{ type: string; payload: Record<string, unknown> }>(
    `select type, payload from events where type not like 'bot.%' order by seq`,
  )
  // Ids are told apart by when they came first.
  const names = new Map<string, number>()
  const nameless = (text: string) =>
    text.replaceAll(/"\d{10,}"/g, (id) => {
      if (!names.has(id)) names.set(id, names.size)
      return `#${names.get(id)}`
    })
  return rows.map(({ type, payload }) =>
    nameless(`${type} ${JSON.stringify(payload)}`).replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, 'T'),
  )
}

async function onItsOwnServer<T>(use: (server: TestServer) => Promise<T>): Promise<T> {
  const server = await startTestServer()
  try {
    return await use(server)
  } finally {
    await server.close()
  }
}

test('the same seed lives the same life: authors, texts, targets and order; another seed another one', async () => {
  const one = await onItsOwnServer((server) => liveIn(server, {}))
  const again = await onItsOwnServer((server) => liveIn(server, {}))
  const other = await onItsOwnServer((server) => liveIn(server, { seed: '8' }))
  expect(one.figures.actions).toBeGreaterThan(40)
  expect(one.figures.byKind.reply).toBeGreaterThan(5)
  expect(again.events).toEqual(one.events)
  expect(other.events).not.toEqual(one.events)
  expect(one.told.join('')).not.toContain('cannot be repeated')
}, 180_000)

test('a town comes back to its bots, tells its figures and leaves a manifest', async () => {
  await onItsOwnServer(async (server) => {
    const { figures, told, home } = await liveIn(server, { rate: 40, speed: undefined, forMs: 2000 })
    expect(figures.turns).toBeGreaterThan(20)
    expect(told.join('')).toMatch(/registering 100%[^]*living/)
    const manifest = JSON.parse(readFileSync(join(homeOf(home, server.url), 'town.json'), 'utf8')) as object
    expect(manifest).toMatchObject({
      ...{ version: 1, seed: '7', bots: 12, follows: 4, rate: 40, speed: null, until_seconds: 2 },
      population_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      ended_at: expect.any(String),
      figures: { turns: figures.turns },
    })
    const before = await server.human.bots.list({ limit: '100' })
    expect(before.items).toHaveLength(12)
  })
}, 120_000)

test('whoever ends a town sees what it came to', async () => {
  await onItsOwnServer(async (server) => {
    const stop = new AbortController()
    const living = liveIn(server, { speed: undefined, forMs: undefined, signal: stop.signal })
    for (;;) {
      const { items } = await server.human.feeds.feed({ feed: 'global' })
      if (items.length > 3) break
    }
    stop.abort()
    expect((await living).figures.actions).toBeGreaterThan(3)
  })
}, 120_000)
