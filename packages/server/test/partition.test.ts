import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createClient } from '@clawdxcraft/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import { openFeedSocket } from './feed-socket.ts'
import { ADMIN_TOKEN, createDatabase, send } from './harness.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

/** A cable between a server and PostgreSQL that can be pulled: neither side is told, as when a machine loses its power. */
interface Cable {
  readonly databaseUrl: string
  pull(): void
  plug(): void
  close(): Promise<void>
}

async function layCable(databaseUrl: string): Promise<Cable> {
  const socketFile = `${new URL(databaseUrl.replace('@/', '@socket/')).searchParams.get('host')}/.s.PGSQL.5432`
  const ends = new Set<Socket>()
  let isPulled = false
  const listener = createServer((near) => {
    const far = connect(socketFile)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from)
      from.on('data', (data) => !isPulled && to.write(data))
      from.on('error', () => {})
      from.on('close', () => {
        ends.delete(from)
        if (!isPulled) to.destroy()
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const plug = () => {
    isPulled = false
    // What was lost on the way makes the rest worthless; both sides learn of it now.
    for (const end of ends) end.destroy()
  }
  return {
    databaseUrl: databaseUrl.replace(/@\/(\w+)\?.*/, `@127.0.0.1:${port}/$1?sslmode=disable`),
    pull: () => (isPulled = true),
    plug,
    async close() {
      plug()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

let cable: Cable
let cut: SpawnedServer
let other: SpawnedServer

beforeAll(async () => {
  const databaseUrl = await createDatabase()
  cable = await layCable(databaseUrl)
  // The first to come puts the log in order; the second stands by.
  cut = await spawnServer({ DATABASE_URL: cable.databaseUrl })
  other = await spawnServer({ DATABASE_URL: databaseUrl })
})
afterAll(async () => {
  await cable?.close()
  await cut?.stop()
  await other?.stop()
})

test.skipIf(process.platform === 'win32')(
  'when the machine that puts the log in order vanishes without a word, another takes over, and no number is given twice',
  async () => {
    const ada = await newBot(
      { url: other.url, human: createClient({ url: other.url, token: ADMIN_TOKEN }) },
      'ada',
    )
    const say = (server: SpawnedServer, content: string) =>
      send(server.url, 'POST', '/posts', { token: ada.token, body: { content } })
    const headers = { authorization: `Bearer ${ada.token}` }
    const watching = await openFeedSocket(other.url, '/ws/feed?feeds=global&cursor=0', headers)
    expect((await say(cut, 'Before')).status).toBe(201)
    // The bot, and the post.
    await watching.events(2)

    cable.pull()
    const unheard = say(cut, 'From the one that is cut off')
    expect((await say(other, 'While one is cut off')).status).toBe(201)
    const [taken] = await watching.events(1)
    expect(taken?.event.data).toMatchObject({ content: 'While one is cut off' })
    expect((await unheard).status).toBe(503)

    cable.plug()
    await expect.poll(async () => (await say(cut, 'Back again')).status, { timeout: 10_000 }).toBe(201)
    await watching.events(1)
    const seqs = watching.frames.filter((frame) => frame.op === 'event').map((frame) => Number(frame.seq))
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    const onTheOther = await openFeedSocket(cut.url, '/ws/feed?feeds=global&cursor=0', headers)
    const told = (await onTheOther.events(seqs.length)).map((frame) => frame.event.id)
    expect(told).toEqual(watching.frames.flatMap((frame) => (frame.op === 'event' ? [frame.event.id] : [])))
  },
)
