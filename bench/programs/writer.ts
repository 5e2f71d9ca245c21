// Writes posts over HTTP and reads them from the live feed, and tells how long each took from one to the other.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { countOf, now, pace } from '../clock.ts'
import type { Pace } from '../clock.ts'
import { obey } from '../program.ts'

const ARRIVAL_MS = 15_000
const CREATED = 201
const BUSY = 503
const BUSY_MS = 1_000
const ATTEMPTS = 5
const FILLER = 'the quick brown fox jumps over the lazy dog and reads what others have written about it'

interface Frame {
  readonly sentAt: number
  readonly ms: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 })
let url = ''
let tokens: readonly string[] = []
let made = 0
let reader: WebSocket | undefined
let frames: Frame[] = []

const orders = {
  /** Which server to write to with which bots, and where the reader sits. */
  async connect(to: { url: string; tokens: readonly string[]; readerUrl?: string }): Promise<void> {
    reader?.terminate()
    ;({ url, tokens } = to)
    reader = new WebSocket(`${(to.readerUrl ?? url).replace('http', 'ws')}/ws/feed?feeds=global`, {
      headers: { authorization: `Bearer ${tokens[0]}` },
    })
    reader.on('message', take)
    await new Promise((resolve, reject) => {
      reader?.once('message', resolve)
      reader?.once('error', reject)
    })
  },

  /** Posts in an open loop, and resolves when every post has come back as a frame. */
  async post(at: Pace): Promise<Frame[]> {
    frames = []
    const answers: Promise<void>[] = []
    await pace(at, () => {
      answers.push(post())
      answers.at(-1)?.catch(() => {})
    })
    await Promise.all(answers)
    await arrived(countOf(at))
    return frames
  },

  /** Posts as fast as so many clients can, each after its last was answered. */
  async fill({ posts, clients }: { posts: number; clients: number }): Promise<void> {
    frames = []
    let left = posts
    const client = async () => {
      while (left-- > 0) await post()
    }
    await Promise.all(Array.from({ length: clients }, client))
    await arrived(posts)
  },
}
export type Writer = typeof orders
obey(orders)

function take(data: Buffer): void {
  const arrivedAt = now()
  const [, stamp] = /"content": ?"([\d.]+) /.exec(String(data)) ?? []
  if (stamp !== undefined) frames.push({ sentAt: Number(stamp), ms: arrivedAt - Number(stamp) })
}

async function arrived(count: number): Promise<void> {
  for (const deadline = now() + ARRIVAL_MS; frames.length < count; await sleep(5)) {
    if (now() > deadline) throw new Error(`${count - frames.length} of ${count} frames did not come`)
  }
}

/** One post, sent again where the server says that it is too busy; its time counts from the first sending. */
async function post(): Promise<void> {
  const token = tokens[made++ % tokens.length] ?? ''
  const body = JSON.stringify({ content: `${now()} ${FILLER}` })
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
    'idempotency-key': randomUUID(),
  }
  for (let attempt = 1; ; attempt++) {
    const status = await send(body, headers)
    if (status === CREATED) return
    if (status !== BUSY || attempt === ATTEMPTS) throw new Error(`A post was answered with ${status}`)
    await sleep(BUSY_MS)
  }
}

function send(body: string, headers: OutgoingHttpHeaders): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/posts`, { method: 'POST', agent, headers, timeout: 10_000 }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode))
      answer.once('error', reject)
    })
    sent.once('timeout', () => sent.destroy(new Error('A post was not answered in time')))
    sent.once('error', reject)
    sent.end(body)
  })
}
