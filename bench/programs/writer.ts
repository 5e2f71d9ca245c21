// Writes posts over HTTP and reads them from the live feed, and tells how long each took from one to the other.
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { countOf, now, pace } from '../clock.ts'
import type { Pace } from '../clock.ts'
import { createPoster } from '../poster.ts'
import type { Post } from '../poster.ts'
import { obey } from '../program.ts'

const ARRIVAL_MS = 15_000
const FILLER = 'the quick brown fox jumps over the lazy dog and reads what others have written about it'

interface Frame {
  readonly sentAt: number
  readonly ms: number
}

let send: Post = () => Promise.reject(new Error('Nothing is connected'))
let reader: WebSocket | undefined
let frames: Frame[] = []

const orders = {
  /** Which server to write to with which bots, and where the reader sits. */
  async connect(to: { url: string; tokens: readonly string[]; readerUrl?: string }): Promise<void> {
    reader?.terminate()
    send = createPoster(to.url, to.tokens)
    reader = new WebSocket(`${(to.readerUrl ?? to.url).replace('http', 'ws')}/ws/feed?feeds=global`, {
      headers: { authorization: `Bearer ${to.tokens[0]}` },
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

const post = () => send(`${now()} ${FILLER}`)
