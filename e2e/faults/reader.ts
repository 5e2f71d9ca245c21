import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { WebSocket, type RawData } from 'ws'
import { logIn, type Bot } from './bots.ts'
import { SEEN, type EventFrame, type Receipt } from './receipt.ts'

const HANDSHAKE_MS = 5_000
// More than two heartbeats.
const SILENCE_MS = 45_000
const AGAIN_MS = 50
// As long as clients usually wait; whoever resumes can afford more.
const BACK_OFF_MS = 500
const POLL_MS = 4

export interface Reader {
  readonly receipt: Receipt
  readonly reconnects: number
  /** By close code. */
  readonly closes: ReadonlyMap<number, number>
  /** What a reader who did nothing wrong must not be told. */
  readonly complaints: readonly string[]
  run(signal: AbortSignal): Promise<void>
}

export interface ReaderOptions {
  readonly urls: readonly string[]
  readonly bot: Bot
  readonly epoch: string
  /** Pauses its socket for 700 ms of each second, or for ever. */
  readonly stalls?: 'now and then' | 'for ever'
  /** Takes up where it left off, unless it is one that shows what is lost without. */
  readonly resumes?: boolean
  readonly onEvent?: (frame: EventFrame) => void
}

type Frame =
  | ({ readonly op: 'event' } & EventFrame)
  | { readonly op: 'hello'; readonly epoch: string }
  | { readonly op: 'heartbeat' }
  | { readonly op: 'info' | 'error'; readonly code: string }

/** Listens on a socket, and when that ends on the next, from the last event on that it got. */
export function createReader(receipt: Receipt, options: ReaderOptions): Reader {
  const { urls, bot, epoch, stalls, resumes = true } = options
  const closes = new Map<number, number>()
  const complaints: string[] = []
  let sockets = 0

  function complain(words: string): void {
    if (complaints.length < 10) complaints.push(words)
  }

  function receive(socket: WebSocket, data: RawData): void {
    const frame = JSON.parse(String(data as Buffer)) as Frame
    if (frame.op === 'event') {
      receipt.take(frame)
      return options.onEvent?.(frame)
    }
    if (frame.op === 'heartbeat') return
    if (frame.op !== 'hello') complain(`${frame.op} ${frame.code} at ${receipt.last}`)
    else if (frame.epoch !== epoch) complain(`epoch ${frame.epoch} instead of ${epoch}`)
    else return subscribe(socket)
    socket.close()
  }

  function subscribe(socket: WebSocket): void {
    const cursor = resumes || sockets === 1 ? { cursor: String(receipt.last), epoch } : {}
    const feeds = receipt.feeds.map((feed) => feed.name)
    socket.send(JSON.stringify({ op: 'subscribe', feeds, ...cursor }))
  }

  async function listen(url: string, signal: AbortSignal): Promise<void> {
    const socket = new WebSocket(`${url}/ws/feed`, {
      headers: { authorization: `Bearer ${bot.token}` },
      handshakeTimeout: HANDSHAKE_MS,
    })
    let isTokenOver = false
    const end = () => socket.terminate()
    signal.addEventListener('abort', end)
    const silence = setTimeout(end, SILENCE_MS)
    const stalling = stalls === 'now and then' ? setInterval(stall, 1_000, socket) : undefined
    socket.on('error', (error) => (isTokenOver ||= error.message.endsWith('401')))
    socket.on('message', (data) => {
      silence.refresh()
      receive(socket, data)
      if (stalls === 'for ever') {
        clearTimeout(silence)
        socket.pause()
      }
    })
    if (signal.aborted) end()
    const code = await new Promise<number>((ended) => socket.once('close', ended))
    clearTimeout(silence)
    clearInterval(stalling)
    signal.removeEventListener('abort', end)
    if (signal.aborted) return
    closes.set(code, (closes.get(code) ?? 0) + 1)
    if (isTokenOver || code === 4001) await logIn(url, bot).catch(() => {})
  }

  return {
    receipt,
    get reconnects() {
      return Math.max(0, sockets - 1)
    },
    closes,
    complaints,
    async run(signal) {
      while (!signal.aborted) {
        await listen(urls[sockets++ % urls.length] ?? '', signal)
        await sleep(resumes ? AGAIN_MS : BACK_OFF_MS, undefined, { signal }).catch(() => {})
      }
    },
  }
}

function stall(socket: WebSocket): void {
  if (socket.readyState !== WebSocket.OPEN) return
  socket.pause()
  setTimeout(() => socket.resume(), 700)
}

/** Reads the log as one must not: with a cursor on the ids, which become visible out of order. */
export async function pollById(receipt: Receipt, databaseUrl: string, signal: AbortSignal): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, query_timeout: 5_000 })
  pool.on('error', () => {})
  let cursor = '0'
  while (!signal.aborted) {
    const page = await pool
      .query<{ id: string; seq: string | null }>(
        'select id, seq from events where id > $1 order by id limit 1000',
        [cursor],
      )
      .catch(() => ({ rows: [] }))
    for (const { id, seq } of page.rows) receipt.mark(Number(id), Number(seq ?? SEEN))
    cursor = page.rows.at(-1)?.id ?? cursor
    await sleep(POLL_MS, undefined, { signal }).catch(() => {})
  }
  await pool.end()
}
