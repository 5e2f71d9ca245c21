import { setTimeout as sleep } from 'node:timers/promises'
import { register, type Bot } from '../bots.ts'
import { WebSocket } from 'ws'
import { get } from '../http.ts'
import type { System } from '../system.ts'
import { those, type Found, type Run } from './section.ts'

const EVENTS = 6_000
const STALLED = 60
const RESUMED = 8
const POSTS = 20
// Far more than 256 KiB for each, since garbage counts too; a server that keeps what it owes grows by three times this.
const GROWTH_MAX = 300 * 1024 * 1024
const WATCH_MS = 3_000
const CATCH_UP_MS = 30_000
const SAMPLE_MS = 100
const SHOWN_OUT = 3
const SHOWN_OUT_MS = 62_000
const STILL_OPEN = 0

interface Follower {
  readonly socket: WebSocket
  /** The last `seq`, all before it having come in order. */
  readonly last: number
  readonly bytes: number
  readonly isBroken: boolean
  readonly closed: Promise<number>
}

/** Sockets that stop reading cost the server next to nothing, hurt nobody else, and go on when they read again. */
export async function slow({ system, minutes }: Run): Promise<Found> {
  const url = system.urls[0] ?? ''
  const bot = await register(url, 'slow')
  await fillLog(system, bot)
  const healthy = follow(url, bot, false)
  const isCaughtUp = await reach(system, [healthy])
  const memory = watchMemory(system)
  const stalled = Array.from({ length: STALLED }, () => follow(url, bot, true))
  const isBesideWell = await writeBeside(system, bot, healthy)
  await sleep(WATCH_MS)
  const grown = await memory.grown()
  const [resumed, neverRead] = [stalled.slice(0, RESUMED), stalled.slice(RESUMED)]
  for (const { socket } of resumed) socket.resume()
  const areThere = await reach(system, [healthy, ...resumed])
  const kept = minutes === undefined ? [] : await showOut(neverRead.slice(0, SHOWN_OUT))
  for (const { socket } of [healthy, ...stalled]) socket.terminate()
  const owed = healthy.bytes * STALLED
  return {
    broken: [
      ...kept,
      ...those({
        'the healthy reader did not get everything': !isCaughtUp || !isBesideWell || healthy.isBroken,
        'who reads again did not get everything in order': !areThere || resumed.some((one) => one.isBroken),
        [`${megabytes(owed)} MB of frames are too few to tell a server that keeps them`]: owed < GROWTH_MAX,
        [`the server grew by ${megabytes(grown)} MB`]: grown > GROWTH_MAX,
      }),
    ],
    figures: { stalled: STALLED, owedMb: megabytes(owed), grownMb: megabytes(grown) },
  }
}

/**
 * Gives the log a length that takes a reader some time; as rows, since it is not their writing that is looked at. The
 * process that serves it has just started, and has none of it in its memory.
 */
async function fillLog(system: System, bot: Bot): Promise<void> {
  const { pool, urls, apis } = system
  const body = { content: '長'.repeat(280) }
  const asked = { method: 'POST', path: '/posts', token: bot.token, body }
  const post = await get<{ id: string }>(urls[0] ?? '', asked)
  await pool.query(
    `insert into events (type, actor_id, payload)
     select type, actor_id, payload from events, generate_series(1, $2) where payload->>'id' = $1`,
    [post.id, EVENTS],
  )
  const waiting = () => pool.query('select 1 from events where seq is null limit 1')
  await system.until(async () => (await waiting()).rowCount === 0, CATCH_UP_MS)
  await apis[0]?.kill()
  await system.restart(0)
}

/** Waits until all of them have what is in the log now. */
async function reach(system: System, followers: readonly Follower[]): Promise<boolean> {
  const { rows } = await system.pool.query<{ v: string }>('select v from seq_state')
  const head = Number(rows[0]?.v)
  return system.until(() => Promise.resolve(followers.every(({ last }) => last >= head)), CATCH_UP_MS)
}

async function writeBeside(system: System, bot: Bot, healthy: Follower): Promise<boolean> {
  for (let index = 0; index < POSTS; index++) {
    const body = { content: `beside slow ones ${index}` }
    await get(system.urls[0] ?? '', { method: 'POST', path: '/posts', token: bot.token, body })
    if (!(await reach(system, [healthy]))) return false
  }
  return true
}

function watchMemory({ apis }: System): { grown(): Promise<number> } {
  const samples: Promise<number>[] = []
  const sample = () => void samples.push(apis[0]?.memory() ?? Promise.resolve(0))
  sample()
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    async grown() {
      clearInterval(timer)
      const [before = 0, ...later] = await Promise.all(samples)
      return Math.max(...later) - before
    },
  }
}

/** After a minute without a sign of reading, a socket is closed; it learns of it when it reads on. */
async function showOut(neverRead: readonly Follower[]): Promise<string[]> {
  await sleep(SHOWN_OUT_MS)
  for (const { socket } of neverRead) socket.resume()
  const ends = neverRead.map(({ closed }) => Promise.race([closed, sleep(CATCH_UP_MS, STILL_OPEN)]))
  const codes = await Promise.all(ends)
  return those({ 'sockets that never read are still open after a minute': codes.includes(STILL_OPEN) })
}

/** Asks for the log from its beginning, and may not read what it asked for. */
function follow(url: string, bot: Bot, isStalled: boolean): Follower {
  const socket = new WebSocket(`${url}/ws/feed`, { headers: { authorization: `Bearer ${bot.token}` } })
  const closed = Promise.withResolvers<number>()
  const follower = { socket, last: 0, bytes: 0, isBroken: false, closed: closed.promise }
  socket.on('error', () => {})
  socket.once('close', closed.resolve)
  socket.once('open', () => {
    if (isStalled) socket.pause()
    socket.send(JSON.stringify({ op: 'subscribe', feeds: ['global'], cursor: '0' }))
  })
  socket.on('message', (data: Buffer) => {
    const { op, seq } = JSON.parse(String(data)) as { op: string; seq: string }
    if (op !== 'event') return
    follower.isBroken ||= Number(seq) !== follower.last + 1
    follower.last = Number(seq)
    follower.bytes += data.length
  })
  return follower
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024)
