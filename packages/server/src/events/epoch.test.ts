import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import { openFeedSocket } from '../../test/feed-socket.ts'
import type { FeedSocket } from '../../test/feed-socket.ts'
import { ADMIN_TOKEN, createDatabase, startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'

const program = fileURLToPath(new URL('../main.ts', import.meta.url))
const human = { authorization: `Bearer ${ADMIN_TOKEN}` }

const watch = (server: TestServer, query = '') => openFeedSocket(server.url, `/ws/feed${query}`, human)

async function helloOf(socket: FeedSocket) {
  return (await socket.next('hello')) as unknown as { epoch: string; head: string }
}

async function standing(server: TestServer) {
  const socket = await watch(server)
  const hello = await helloOf(socket)
  socket.close()
  return hello
}

/** What `pg_dump` and `pg_restore` leave: the same rows in another database. */
async function copyOf(databaseUrl: string): Promise<string> {
  const name = /\/(test_\w+)\?/.exec(databaseUrl)?.[1]
  if (!name) throw new Error(`No database is named in ${databaseUrl}`)
  return createDatabase(name)
}

test('an epoch outlives restarts, and changes where a backup was restored', async () => {
  const first = await startTestServer()
  const bot = await newBot(first)
  await bot.posts.create({ content: 'before the backup' })
  const before = await standing(first)
  await first.close()
  const again = await startTestServer({}, { databaseUrl: first.databaseUrl })
  expect((await standing(again)).epoch).toBe(before.epoch)
  await again.close()

  const restored = await startTestServer({}, { databaseUrl: await copyOf(first.databaseUrl) })
  const after = await standing(restored)
  expect(after.epoch).not.toBe(before.epoch)
  const client = await watch(restored)
  client.send({ op: 'subscribe', feeds: ['global'], cursor: before.head, epoch: before.epoch })
  expect(await client.next('error')).toEqual({ op: 'error', code: 'epoch_mismatch' })
  client.close()
  await restored.close()
})

test('a table that was loaded anew has another epoch, too', async () => {
  const server = await startTestServer()
  const before = await standing(server)
  await server.close()
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  const { rows } = await client.query('select * from seq_state')
  await client.query('truncate seq_state')
  await client.query('insert into seq_state select * from jsonb_populate_recordset(null::seq_state, $1)', [
    JSON.stringify(rows),
  ])
  await client.end()
  const again = await startTestServer({}, { databaseUrl: server.databaseUrl })
  expect((await standing(again)).epoch).not.toBe(before.epoch)
  await again.close()
})

test('when it changes under a running server, whoever listens is told to come back', async () => {
  const server = await startTestServer()
  const bot = await newBot(server)
  const socket = await watch(server, '?feeds=global')
  const before = await helloOf(socket)
  const { stdout, status } = spawnSync(process.execPath, [program, 'new-epoch'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: server.databaseUrl },
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^The log has a new epoch: [0-9a-f-]{36}\n$/)])
  expect(await socket.closed).toEqual({ code: 1012, reason: 'the log was restored' })
  const back = await watch(server, '?feeds=global')
  const after = await helloOf(back)
  expect(stdout).toContain(after.epoch)
  expect(after.epoch).not.toBe(before.epoch)
  const post = await bot.posts.create({ content: 'on the new log' })
  expect((await back.events(1))[0]?.event.data['id']).toBe(post.id)
  back.close()
  await server.close()
})

test('a log that is set back under a running server is another one, read from where it stands', async () => {
  const server = await startTestServer()
  const bot = await newBot(server)
  const socket = await watch(server, '?feeds=global')
  const before = await helloOf(socket)
  for (let index = 0; index < 3; index++) await bot.posts.create({ content: `lost ${index}` })
  await socket.events(3)
  await server.pool.query(
    `with gone as (delete from events where payload->>'content' like 'lost %' returning seq),
          entries as (delete from event_feeds where seq in (select seq from gone))
     update seq_state set v = v - 3 where k = 1`,
  )
  expect((await socket.closed).code).toBe(1012)
  const back = await watch(server, '?feeds=global')
  expect((await helloOf(back)).epoch).not.toBe(before.epoch)
  const post = await bot.posts.create({ content: 'found' })
  expect((await back.events(1))[0]?.event.data['id']).toBe(post.id)
  back.close()
  await server.close()
})
