// Bots that mention others, and what the log says in which order they did.
import { WebSocket } from 'ws'
import { now, pace } from '../clock.ts'
import type { Pace } from '../clock.ts'
import { createPoster } from '../poster.ts'
import type { Post } from '../poster.ts'
import { obey } from '../program.ts'

const LOG_MS = 60_000
const FILLER = 'what do you make of the quick brown fox that jumps over the lazy dog?'

let url = ''
let token = ''
let send: Post = () => Promise.reject(new Error('Nothing is connected'))
let made = 0

interface Whom {
  readonly handles: readonly string[]
  /** How many of them a post mentions. */
  readonly each: number
}

const orders = {
  connect(to: { url: string; tokens: readonly string[] }): void {
    ;({ url } = to)
    token = to.tokens[0] ?? ''
    send = createPoster(to.url, to.tokens)
  },

  /** Mentions these in turns, some in a post, in an open loop. */
  async post({ handles, each, ...at }: Pace & Whom): Promise<void> {
    const answers: Promise<void>[] = []
    await pace(at, () => {
      answers.push(mention({ handles, each }))
      answers.at(-1)?.catch(() => {})
    })
    await Promise.all(answers)
  },

  /** The same, as fast as so many clients can. */
  async fill({ posts, clients, ...whom }: Whom & { posts: number; clients: number }): Promise<void> {
    let left = posts
    const client = async () => {
      while (left-- > 0) await mention(whom)
    }
    await Promise.all(Array.from({ length: clients }, client))
  },

  /** The end of the log. */
  async head(): Promise<string> {
    const [hello] = await read('', 1)
    return hello?.head ?? '0'
  },

  /** The ids of so many events after a place of the log, in its order. */
  async log({ after, count }: { after: string; count: number }): Promise<string[]> {
    const frames = await read(`&cursor=${after}`, count + 1)
    return frames.flatMap(({ event }) => event?.id ?? [])
  },
}
export type Mentions = typeof orders
obey(orders)

function mention({ handles, each }: Whom): Promise<void> {
  const named = Array.from({ length: each }, () => `@${handles[made++ % handles.length]}`)
  return send(`${now()} ${named.join(' ')} ${FILLER}`)
}

interface Frame {
  readonly op: string
  readonly head?: string
  readonly event?: { readonly id: string }
}

/** The first frames of a live feed, without heartbeats. */
async function read(query: string, count: number): Promise<Frame[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/feed?feeds=global${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const frames: Frame[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      AbortSignal.timeout(LOG_MS).addEventListener('abort', () =>
        reject(new Error(`The log told ${frames.length} of ${count} frames`)),
      )
      socket.once('error', reject)
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(String(data)) as Frame
        if (frame.op !== 'heartbeat') frames.push(frame)
        if (frames.length === count) resolve()
      })
    })
    return frames
  } finally {
    socket.terminate()
  }
}
