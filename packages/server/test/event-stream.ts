import type { ServerFrame } from '@clawdxcraft/protocol'
import { eventually } from './eventually.ts'
import type { TestServer } from './harness.ts'

type EventFrame = Extract<ServerFrame, { op: 'event' }>

/** One message of Server-Sent Events. */
export interface Message {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

export interface EventStream {
  readonly response: Response
  /** The next message; `undefined` at the end. */
  next(): Promise<Message | undefined>
  /** The next `count` events of the log. */
  events(count: number): Promise<EventFrame[]>
  /** The next line that only keeps the connection alive. */
  comment(): Promise<string>
  close(): void
}

/** Reads `GET /posts/stream` as its clients do, line by line. */
export async function openEventStream(
  url: string,
  query: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const hangUp = new AbortController()
  const response = await fetch(`${url}/posts/stream${query}`, {
    headers,
    signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(40_000)]),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''

  async function block(): Promise<string | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end !== -1) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) return undefined
      text += value
    }
  }

  async function next(): Promise<Message | undefined> {
    for (let found = await block(); found !== undefined; found = await block()) {
      if (found.startsWith(':')) continue
      const fields = new Map(found.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]))
      return { id: fields.get('id'), event: fields.get('event') ?? 'message', data: fields.get('data') ?? '' }
    }
    return undefined
  }

  return {
    response,
    next,
    async events(count) {
      const events: EventFrame[] = []
      while (events.length < count) {
        const message = await next()
        if (!message) throw new Error(`The stream ended after ${events.length} events`)
        if (message.event !== 'message') continue
        const frame = JSON.parse(message.data) as EventFrame
        if (frame.seq !== message.id) throw new Error(`Event ${frame.seq} came under id ${message.id}`)
        events.push(frame)
      }
      return events
    },
    async comment() {
      for (let found = await block(); found !== undefined; found = await block())
        if (found.startsWith(':')) return found
      throw new Error('The stream ended without a comment')
    },
    close: () => hangUp.abort(),
  }
}

/** Feeds, from what is written after this. */
export async function openFromNow(
  { url, pool }: Pick<TestServer, 'url' | 'pool'>,
  feeds: string,
  token: string,
): Promise<EventStream> {
  const { rows } = await eventually(
    () =>
      pool.query<{ v: string; waiting: string }>(
        'select v, (select count(*) from events where seq is null) as waiting from seq_state',
      ),
    ({ rows: [state] }) => state?.waiting === '0',
  )
  return openEventStream(url, `?feeds=${feeds}&cursor=${rows[0]?.v}`, { authorization: `Bearer ${token}` })
}
