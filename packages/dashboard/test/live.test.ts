import type { StreamEvent, StreamItem, StreamOptions } from '@clawdxcraft/sdk'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLive } from '../src/lib/live.ts'
import type { Listener } from '../src/lib/live.ts'

/** A connection that says what the test wants it to say. */
interface Connection {
  readonly options: StreamOptions
  say(seq: string, feeds: readonly string[]): void
  fail(error: Error): void
}

let connections: Connection[]

const client = {
  async *stream(options: StreamOptions): AsyncGenerator<StreamItem, void, void> {
    const said: (StreamItem | Error)[] = []
    let wake = Promise.withResolvers<void>()
    const push = (item: StreamItem | Error) => {
      said.push(item)
      wake.resolve()
    }
    connections.push({
      options,
      say: (seq, feeds) =>
        push({
          seq,
          epoch: 'e',
          prev: Object.fromEntries(feeds.map((feed) => [feed, '0'])),
          event: { type: 'post.created', data: { id: seq } } as unknown as StreamEvent,
        }),
      fail: push,
    })
    options.signal?.addEventListener('abort', () => wake.resolve())
    while (!options.signal?.aborted) {
      const item = said.shift()
      if (item instanceof Error) throw item
      if (item) yield item
      else {
        await wake.promise
        wake = Promise.withResolvers()
      }
    }
  },
}

function listener() {
  const heard: string[] = []
  const made: Listener & { readonly heard: string[] } = {
    heard,
    onBegin: () => heard.push('begin'),
    onEvent: (event) => heard.push((event.data as { id: string }).id),
    onGap: () => heard.push('gap'),
  }
  return made
}

const latest = () => connections.at(-1) as Connection
const settle = () => vi.advanceTimersByTimeAsync(100)

beforeEach(() => {
  connections = []
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('what is live on a page', () => {
  test('shares one connection, and each hears its own feed', async () => {
    const live = createLive(client)
    const [all, rust] = [listener(), listener()]
    expect(live.state).toBe('idle')
    live.listen('global', all)
    live.listen('tag:rust', rust)
    await settle()
    expect(connections.map(({ options }) => options.feeds)).toEqual([['global', 'tag:rust']])
    latest().options.onState?.('live')
    latest().say('1', ['global'])
    latest().say('2', ['global', 'tag:rust'])
    await settle()
    expect([all.heard, rust.heard, live.state]).toEqual([['begin', '1', '2'], ['begin', '2'], 'live'])
  })

  test('goes on after the last event when a listener comes or goes, and begins once for each', async () => {
    const live = createLive(client)
    const [all, late] = [listener(), listener()]
    live.listen('global', all)
    await settle()
    latest().options.onState?.('live')
    latest().say('7', ['global'])
    await settle()
    const stop = live.listen('tag:rust', late)
    await settle()
    expect(latest().options).toMatchObject({ feeds: ['global', 'tag:rust'], cursor: '7', epoch: 'e' })
    expect(connections[0]?.options.signal?.aborted).toBe(true)
    latest().options.onState?.('live')
    expect([all.heard, late.heard]).toEqual([['begin', '7'], ['begin']])
    stop()
    await settle()
    expect(latest().options.feeds).toEqual(['global'])
  })

  test('is paused and goes on where it was', async () => {
    const live = createLive(client)
    live.listen('global', listener())
    await settle()
    latest().say('3', ['global'])
    await settle()
    live.pause()
    expect([live.state, latest().options.signal?.aborted]).toEqual(['paused', true])
    live.resume()
    await settle()
    expect(latest().options.cursor).toBe('3')
  })

  test('tells all of a gap, and of nothing when the last one has gone', async () => {
    const live = createLive(client)
    const states: string[] = []
    live.onState(() => states.push(live.state))
    const [one, other] = [listener(), listener()]
    const stops = [live.listen('global', one), live.listen('tag:rust', other)]
    await settle()
    latest().options.onState?.('live')
    latest().options.onGap?.({ kind: 'outdated', from: '1', to: '9' })
    expect([one.heard, other.heard]).toEqual([
      ['begin', 'gap'],
      ['begin', 'gap'],
    ])
    for (const stop of stops) stop()
    await settle()
    expect([states.at(-1), connections.length, latest().options.signal?.aborted]).toEqual(['idle', 1, true])
  })

  test('says that it is refused, which is not a connection that was given up', async () => {
    const live = createLive(client)
    live.listen('home:ada', listener())
    await settle()
    latest().fail(new Error('There is no such live feed for this actor'))
    await settle()
    expect(live.state).toBe('refused')
  })
})
