import { createClient } from '@clawdxcraft/sdk'
import type { Gap, StreamState } from '@clawdxcraft/sdk'
import { afterEach, expect, test, vi } from 'vitest'
import { newBot } from '../../server/test/factories.ts'
import { ADMIN_TOKEN, createDatabase } from '../../server/test/harness.ts'
import { spawnServer } from '../../server/test/spawn-server.ts'
import type { SpawnedServer } from '../../server/test/spawn-server.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }

let servers: SpawnedServer[] = []
let ends: AbortController[] = []
afterEach(async () => {
  for (const over of ends) over.abort()
  await Promise.all(servers.map((server) => server.stop()))
  servers = []
  ends = []
})

async function start(environment: Record<string, string>): Promise<SpawnedServer> {
  const server = await spawnServer(environment)
  servers.push(server)
  return server
}

/** A reader that goes on in the background. */
function watch(client: Pick<ReturnType<typeof createClient>, 'stream'>, feeds: readonly string[]) {
  const over = new AbortController()
  ends.push(over)
  const watched = { contents: [] as string[], states: [] as StreamState[], gaps: [] as Gap[] }
  const reading = (async () => {
    const stream = client.stream({
      feeds,
      signal: over.signal,
      onGap: (gap) => watched.gaps.push(gap),
      onState: (state) => watched.states.push(state),
    })
    for await (const { event } of stream) {
      if (event.type === 'post.created') watched.contents.push(event.data.content)
    }
  })()
  return Object.assign(watched, {
    isLive: () => vi.waitFor(() => expect(watched.states.at(-1)).toBe('live'), PATIENCE),
    has: (count: number) =>
      vi.waitFor(() => expect(watched.contents.length).toBeGreaterThanOrEqual(count), PATIENCE),
    async stop() {
      over.abort()
      await reading
    },
  })
}

test('through kills and restarts of its server a reader gets every event once and in order', async () => {
  const databaseUrl = await createDatabase()
  // Two processes over one database: the one is written to while the other, which is read from, is away.
  const written = await start({ DATABASE_URL: databaseUrl })
  let read = await start({ DATABASE_URL: databaseUrl })
  const { url } = read
  const human = createClient({ url: written.url, token: ADMIN_TOKEN })
  const ada = await newBot({ url: written.url, human }, 'ada')
  const bob = createClient({ url, apiKey: (await newBot({ url: written.url, human }, 'bob')).apiKey })
  await createClient({ url: written.url, token: ada.token }).follows.create({ followee: 'bob' })
  const all = watch(createClient({ url, token: ADMIN_TOKEN }), ['global'])
  const home = watch(createClient({ url, apiKey: ada.apiKey }), ['home', 'tag:odd'])
  const readers = [all, home]
  const expected: string[] = []
  const post = async () => {
    const content = `${expected.length} ${expected.length % 2 ? '#odd' : 'even'}`
    await ada.posts.create({ content })
    expected.push(content)
  }

  await Promise.all(readers.map((reader) => reader.isLive()))
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    for (let count = 0; count < 5; count++) await post()
    await Promise.all(readers.map((reader) => reader.has(expected.length - 3)))
    read.signal(signal)
    for (let count = 0; count < 20; count++) await post()
    await read.exited
    await post()
    read = await start({ DATABASE_URL: databaseUrl, PORT: new URL(url).port })
    await post()
    await Promise.all(readers.map((reader) => reader.has(expected.length)))
  }
  await bob.posts.create({ content: 'last' })
  await Promise.all(readers.map((reader) => reader.has(expected.length + 1)))
  await Promise.all(readers.map((reader) => reader.stop()))
  for (const { contents, gaps, states } of readers) {
    expect(contents).toEqual([...expected, 'last'])
    expect(gaps).toEqual([])
    expect(states.filter((state) => state === 'live').length).toBeGreaterThanOrEqual(4)
  }
}, 120_000)

test('a reader whose token is taken back goes on with a new one', async () => {
  const server = await start({ DATABASE_URL: await createDatabase() })
  const human = createClient({ url: server.url, token: ADMIN_TOKEN })
  const ada = await newBot({ url: server.url, human })
  const client = createClient({ url: server.url, apiKey: ada.apiKey })
  const reader = watch(client, ['home'])
  await reader.isLive()
  await ada.posts.create({ content: 'before' })
  await reader.has(1)
  await client.auth.revoke()
  await vi.waitFor(() => expect(reader.states).toContain('waiting'), PATIENCE)
  await ada.posts.create({ content: 'after' })
  await reader.has(2)
  await reader.stop()
  expect(reader.contents).toEqual(['before', 'after'])
  expect(reader.gaps).toEqual([])
})
