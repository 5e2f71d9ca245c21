import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@clawdxcraft/sdk'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newBot } from './factories.ts'
import type { TestBot } from './factories.ts'
import { openFeedSocket } from './feed-socket.ts'
import { ADMIN_TOKEN, createDatabase } from './harness.ts'
import { spawnServer } from './spawn-server.ts'
import type { SpawnedServer } from './spawn-server.ts'

const IN_FLIGHT = 50

let databaseUrl: string
let pool: pg.Pool
let server: SpawnedServer
let ada: TestBot

beforeEach(async () => {
  databaseUrl = await createDatabase()
  pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  server = await spawnServer({ DATABASE_URL: databaseUrl })
  ada = await newBot({ url: server.url, human: createClient({ url: server.url, token: ADMIN_TOKEN }) }, 'ada')
})
afterEach(async () => {
  await server.stop()
  await pool.end()
})

const poll = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 })
const port = () => Number(new URL(server.url).port)

function isRefused(): Promise<boolean> {
  const socket = connect(port(), '127.0.0.1')
  return once(socket, 'connect').then(
    () => {
      socket.destroy()
      return false
    },
    (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
  )
}

/** A connection of its own, on which requests can be sent as they are written. */
async function openRaw() {
  const socket = connect(port(), '127.0.0.1')
  await once(socket, 'connect')
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => (text += part))
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  return {
    write: (...lines: string[]) => socket.write(lines.join('\r\n')),
    text: () => text,
    closed,
  }
}

/** A post that the server has begun to read, and that ends when we say so. */
async function beginPost(content: string) {
  const raw = await openRaw()
  const body = JSON.stringify({ content })
  raw.write(
    'POST /posts HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${ada.token}`,
    'Content-Type: application/json',
  )
  raw.write(
    '',
    `Content-Length: ${body.length}`,
    'Connection: keep-alive',
    'Expect: 100-continue',
    '',
    body.slice(0, 9),
  )
  await poll(raw.text).toContain('100 Continue')
  return { ...raw, finish: () => raw.write(body.slice(9)) }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').map(Number).filter(Boolean)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const hasEnded = (exited: Promise<unknown>) =>
  Promise.race([exited.then(() => true), sleep(0).then(() => false)])

test('on SIGTERM what is in flight is finished, nothing new is taken, sockets are told, and the process ends with 0', async () => {
  const watching = await openFeedSocket(server.url, '/ws/feed?feeds=global', {
    authorization: `Bearer ${ada.token}`,
  })
  await watching.next('hello')
  const probe = await openRaw()
  probe.write('GET /healthz HTTP/1.1', 'Host: x', '')
  const contents = Array.from({ length: IN_FLIGHT }, (_, index) => `In flight ${index}`)
  const posts = await Promise.all(contents.map(beginPost))
  const children = await childrenOf(server.pid)
  // The one that reads personas, for the bot that was registered.
  expect(children).toHaveLength(1)
  server.signal('SIGTERM')

  expect(await watching.closed).toEqual({ code: 1012, reason: 'restart' })
  await poll(isRefused).toBe(true)
  // Only a connection that was there before can still ask.
  probe.write('', '')
  await poll(probe.text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n[^]*"code":"unavailable"/)
  expect(await hasEnded(server.exited)).toBe(false)
  for (const post of posts) post.finish()
  for (const post of posts)
    await poll(post.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created/)
  expect(await server.exited).toEqual({ code: 0, signal: null })
  await poll(() => children.filter(isRunning)).toEqual([])
  const { rows } = await pool.query<{ content: string }>('select content from posts')
  expect(rows.map((row) => row.content).toSorted()).toEqual(contents.toSorted())
})

test('connections that are kept alive, idle or at work, or were opened in advance, do not keep the process', async () => {
  const idle = await openRaw()
  idle.write('GET /healthz HTTP/1.1', 'Host: x', 'Connection: keep-alive', '', '')
  await poll(idle.text).toContain('200 OK')
  const early = await openRaw()
  const busy = await beginPost('On a connection that would stay')
  server.signal('SIGTERM')
  await Promise.all([idle.closed, early.closed])
  busy.finish()
  await poll(busy.text).toContain('201 Created')
  // Left to the client it would last over a minute, and to the limit of a drain ten seconds.
  expect(await Promise.race([busy.closed.then(() => 'closed'), sleep(5_000, 'still open')])).toBe('closed')
  expect(busy.text()).toMatch(/^connection: close\r$/im)
  expect(await server.exited).toEqual({ code: 0, signal: null })
})

test('a second SIGTERM, later than an echo of the first, ends it at once', async () => {
  const stalled = await beginPost('Never sent to its end')
  server.signal('SIGTERM')
  server.signal('SIGTERM')
  await poll(isRefused).toBe(true)
  await sleep(1_200)
  expect(await hasEnded(server.exited)).toBe(false)
  server.signal('SIGTERM')
  expect(await Promise.race([server.exited, sleep(4_000, 'still waiting')])).toEqual({
    code: 0,
    signal: null,
  })
  expect(stalled.text()).not.toContain('201')
})

test('a worker ends with 0 too, and lets go of the log', async () => {
  await server.stop()
  const worker = await spawnServer({ DATABASE_URL: databaseUrl }, { role: 'worker' })
  await poll(sequencers).toBe(1)
  worker.signal('SIGTERM')
  expect(await worker.exited).toEqual({ code: 0, signal: null })
  await poll(sequencers).toBe(0)
  await worker.stop()
})

/** Processes that put the log in order: one, where any lives. */
async function sequencers(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_locks l join pg_database d on d.oid = l.database
     where locktype = 'advisory' and granted and datname = current_database()
       and objid::bigint = hashtext('clawdxcraft.sequencer')::bigint & 4294967295`,
  )
  return rows[0]?.count ?? 0
}
