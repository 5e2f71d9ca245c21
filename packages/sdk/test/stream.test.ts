import { createClient } from '@clawdxcraft/sdk'
import type { ClientOptions, Gap, StreamItem, StreamOptions, StreamState } from '@clawdxcraft/sdk'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket as OtherWebSocket } from 'ws'
import { HELLO, openScriptedFeed } from './scripted-feed.ts'
import type { ScriptedFeed } from './scripted-feed.ts'
import { shortenWaits, timersOf, waits } from './timers.ts'

type Reader = AsyncGenerator<StreamItem, void, void>

let feed: ScriptedFeed
let gaps: Gap[]
let readers: { reader: Reader; over: AbortController }[]

beforeEach(async () => {
  shortenWaits()
  feed = await openScriptedFeed()
  gaps = []
  readers = []
})
afterEach(async () => {
  for (const { over, reader } of readers) {
    over.abort()
    await reader.return()
  }
  await feed.close()
  vi.restoreAllMocks()
})

function open(
  options: Partial<StreamOptions> = {},
  client: Partial<ClientOptions> = { token: 'given' },
): Reader {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, ...(options.signal ? [options.signal] : [])])
  const reader = createClient({ url: feed.url, ...client }).stream({
    feeds: ['global'],
    onGap: (gap) => gaps.push(gap),
    ...options,
    signal,
  })
  readers.push({ reader, over })
  return reader
}

/** Places of the next events. */
async function take(reader: Reader, count: number): Promise<number[]> {
  const seqs: number[] = []
  while (seqs.length < count) {
    const { value, done } = await reader.next()
    if (done) throw new Error(`The stream ended after ${seqs.join(', ')}`)
    seqs.push(Number(value.seq))
  }
  return seqs
}

/** The next visit, when it has subscribed. */
async function subscriber() {
  const visit = await feed.visit()
  return { ...visit, subscribe: await visit.subscribed() }
}

describe('a stream', () => {
  test('brings events with their place, with the token in the first frame only', async () => {
    const reading = open().next()
    const visit = await subscriber()
    expect(visit.url).toBe('/ws/feed')
    expect(visit.headers.authorization).toBeUndefined()
    expect(visit.subscribe).toEqual({
      op: 'subscribe',
      token: 'given',
      feeds: ['global'],
      cursor: '10',
      epoch: 'first',
    })
    visit.events(11)
    expect((await reading).value).toEqual({
      seq: '11',
      epoch: 'first',
      prev: { global: '10' },
      event: {
        id: '11',
        type: 'like.created',
        at: expect.any(String),
        data: expect.objectContaining({ post_id: '11' }),
      },
    })
  })

  test('goes on after the event that was handed last, and hands none twice', async () => {
    const reading = take(open(), 4)
    const first = await subscriber()
    first.events(11, 12)
    first.drop()
    const second = await subscriber()
    expect(second.subscribe).toMatchObject({ cursor: '12', epoch: 'first' })
    second.events(11, 12, 13, 13, 14)
    expect(await reading).toEqual([11, 12, 13, 14])
    expect(gaps).toEqual([])
  })

  test('that was cut before its first event begins again where it began', async () => {
    const reading = take(open(), 1)
    const first = await subscriber()
    feed.hello = { ...HELLO, head: '12' }
    first.drop()
    const second = await subscriber()
    expect(second.subscribe.cursor).toBe('10')
    second.events(11)
    expect(await reading).toEqual([11])
  })

  test('begins after a cursor that was kept', async () => {
    const reading = take(open({ cursor: '4', epoch: 'first' }), 1)
    const visit = await subscriber()
    expect(visit.subscribe.cursor).toBe('4')
    visit.events(5)
    expect(await reading).toEqual([5])
  })

  test('tells in which state it is', async () => {
    const states: StreamState[] = []
    const reading = take(open({ onState: (state) => states.push(state) }), 1)
    const first = await subscriber()
    expect(states).toEqual(['connecting', 'live'])
    first.drop()
    const second = await subscriber()
    second.events(11)
    await reading
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live'])
  })

  test('says how far it is, at most once a second', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(5_000)
    const reader = open()
    const reading = take(reader, 3)
    const visit = await subscriber()
    visit.events(11, 12, 13)
    await reading
    now.mockReturnValue(5_999)
    const more = take(reader, 2)
    visit.events(14)
    expect(await visit.heard()).toEqual({ op: 'ack', seq: '11' })
    now.mockReturnValue(6_000)
    visit.send({ op: 'heartbeat', head: '14' })
    expect(await visit.heard()).toEqual({ op: 'ack', seq: '14' })
    visit.events(15)
    expect(await more).toEqual([14, 15])
  })

  test('takes the WebSocket that it is given', async () => {
    let made = 0
    class Counted extends OtherWebSocket {
      constructor(url: string) {
        super(url)
        made++
      }
    }
    feed.refusals = 1
    const reading = take(open({}, { token: 'given', WebSocket: Counted }), 1)
    const visit = await subscriber()
    visit.events(11)
    expect(await reading).toEqual([11])
    expect(made).toBe(2)
  })
})

describe('a gap is told where', () => {
  test('events are no longer kept; what lies before the new start is not missing', async () => {
    const reading = take(open({ cursor: '3' }), 1)
    const visit = await subscriber()
    visit.send({ op: 'info', code: 'outdated_cursor', oldest: '20' })
    visit.event(25, { global: '19' })
    expect(await reading).toEqual([25])
    expect(gaps).toEqual([{ kind: 'outdated', from: '3', to: '19' }])
  })

  test('the log is another one; the stream goes on from its head', async () => {
    const reader = open()
    const reading = take(reader, 2)
    const first = await subscriber()
    first.events(11)
    feed.hello = { ...HELLO, epoch: 'second', head: '5' }
    first.drop()
    const second = await subscriber()
    expect(second.subscribe).toMatchObject({ cursor: '5', epoch: 'second' })
    second.events(6)
    expect(await reading).toEqual([11, 6])
    expect(gaps).toEqual([{ kind: 'epoch', from: '11', to: '5' }])
  })

  test('the network finds it out', async () => {
    const reading = take(open({ cursor: '900' }), 1)
    const first = await subscriber()
    first.send({ op: 'error', code: 'epoch_mismatch' })
    const second = await subscriber()
    expect(second.subscribe.cursor).toBe('10')
    second.events(11)
    expect(await reading).toEqual([11])
    expect(gaps).toEqual([{ kind: 'epoch', from: '900', to: '10' }])
  })

  test('the log ends before the cursor, not where a process has only not read so far yet', async () => {
    const reading = take(open({ cursor: '12' }), 2)
    for (let time = 0; time < 2; time++) {
      const visit = await subscriber()
      expect(visit.subscribe.cursor).toBe('12')
      visit.send({ op: 'error', code: 'future_cursor' })
    }
    const caughtUp = await subscriber()
    caughtUp.events(13)
    caughtUp.drop()
    feed.hello = { ...HELLO, head: '4' }
    for (let time = 0; time < 3; time++) {
      const visit = await subscriber()
      expect(visit.subscribe.cursor).toBe('13')
      visit.send({ op: 'error', code: 'future_cursor' })
    }
    const restored = await subscriber()
    expect(restored.subscribe.cursor).toBe('4')
    restored.events(5)
    expect(await reading).toEqual([13, 5])
    expect(gaps).toEqual([{ kind: 'epoch', from: '13', to: '4' }])
  })

  test('an event never comes, after the log was asked for it once more', async () => {
    const reading = take(open(), 3)
    const first = await subscriber()
    first.events(11, 13)
    const second = await subscriber()
    expect(second.subscribe.cursor).toBe('11')
    second.events(13, 14)
    expect(await reading).toEqual([11, 13, 14])
    expect(gaps).toEqual([{ kind: 'missing', feed: 'global', from: '11', to: '12' }])
  })

  test('an event never came, not where it comes when it is asked for', async () => {
    const reading = take(open(), 3)
    const first = await subscriber()
    first.events(11, 13)
    const second = await subscriber()
    second.events(12, 13)
    expect(await reading).toEqual([11, 12, 13])
    expect(gaps).toEqual([])
  })

  test('one of several feeds has a hole; an event may be in all of them', async () => {
    const reading = take(open({ feeds: ['home', 'tag:rust'] }), 5)
    const visit = await subscriber()
    // Both feeds last had an event long before the stream began.
    visit.event(11, { home: '2' })
    visit.event(14, { home: '11', 'tag:rust': '7' })
    visit.event(15, { 'tag:rust': '14' })
    visit.event(16, { home: '14' })
    // What came later in the other feed does not hide that 13 was left out.
    visit.event(17, { 'tag:rust': '15', home: '16' })
    expect(await reading).toEqual([11, 14, 15, 16, 17])
    expect(gaps).toEqual([])
  })

  test('a feed is another one after a reconnection, and nothing is missing', async () => {
    const reading = take(open({ feeds: ['home', 'tag:rust'] }), 3)
    const first = await subscriber()
    first.event(11, { home: '2' })
    first.event(14, { 'tag:rust': '7' })
    first.drop()
    const second = await subscriber()
    // Who wrote 13 is followed by now.
    second.event(15, { home: '13' })
    expect(await reading).toEqual([11, 14, 15])
    expect([gaps, feed.visits]).toEqual([[], 2])
  })

  test('a hole lies before what came already, where asking again would not bring it', async () => {
    const reading = take(open({ feeds: ['home', 'tag:rust'] }), 3)
    const visit = await subscriber()
    visit.event(11, { home: '2' })
    visit.event(14, { 'tag:rust': '7' })
    visit.event(15, { home: '12' })
    expect(await reading).toEqual([11, 14, 15])
    expect(gaps).toEqual([{ kind: 'missing', feed: 'home', from: '11', to: '12' }])
    expect(feed.visits).toBe(1)
  })
})

test('a reader that stands still costs a bounded queue and loses nothing', async () => {
  const LAST = 3_500
  const starts: number[] = []
  async function flood() {
    const visit = await subscriber()
    const start = Number(visit.subscribe.cursor)
    starts.push(start)
    visit.events(...Array.from({ length: LAST - start }, (_, index) => start + 1 + index))
    return visit
  }
  const reader = open()
  const handed = take(reader, 1)
  const first = await flood()
  expect(await handed).toEqual([11])
  // Nobody reads on, and the socket is given up.
  await first.closed
  expect(feed.visits).toBe(1)
  const rest = take(reader, LAST - 11)
  await flood()
  // However often it has to.
  void (async () => {
    for (;;) await flood()
  })()
  expect(await rest).toEqual(Array.from({ length: LAST - 11 }, (_, index) => 12 + index))
  // One was handed on the way, a thousand waited.
  expect(starts[1]).toBeLessThanOrEqual(1_011)
  expect(gaps).toEqual([])
})

describe('tokens', () => {
  const bot = { apiKey: 'clx_test' }

  test('an expired one is replaced, and the stream goes on', async () => {
    const reading = take(open({}, bot), 2)
    const first = await subscriber()
    expect(first.subscribe.token).toBe('token-1')
    first.events(11)
    first.close(4001)
    const second = await subscriber()
    expect(second.subscribe).toMatchObject({ token: 'token-2', cursor: '11' })
    second.events(12)
    expect(await reading).toEqual([11, 12])
  })

  test('one that nears its end is renewed on the living socket, without beginning its feeds again', async () => {
    feed.tokensLiveMs = 30_000
    const reading = take(open({}, bot), 1)
    const visit = await subscriber()
    feed.tokensLiveMs = 900_000
    visit.send({ op: 'heartbeat', head: '10' })
    let frame = await visit.heard()
    if (frame.op === 'ack') frame = await visit.heard()
    expect(frame).toEqual({ op: 'subscribe', token: 'token-2', feeds: [] })
    // Fresh now: further heartbeats buy none.
    visit.send({ op: 'heartbeat', head: '10' })
    visit.events(11)
    expect(await reading).toEqual([11])
    expect([feed.sold, feed.visits]).toEqual([2, 1])
  })

  test('a fresh one that is refused ends the stream', async () => {
    const reading = take(open({}, bot), 1)
    reading.catch(() => {})
    for (const token of ['token-1', 'token-2']) {
      const visit = await subscriber()
      expect(visit.subscribe.token).toBe(token)
      visit.send({ op: 'error', code: 'unauthorized' })
      visit.close(4003)
    }
    await expect(reading).rejects.toMatchObject({ name: 'Problem', code: 'invalid_token' })
    expect(feed.visits).toBe(2)
  })

  test.each([
    ['a given one', { token: 'given' }, 'invalid_token'],
    ['none', {}, 'unauthorized'],
  ])('%s that is refused ends the stream at once', async (_name, client, code) => {
    const reading = take(open({}, client), 1)
    reading.catch(() => {})
    const visit = await subscriber()
    visit.send({ op: 'error', code: 'unauthorized' })
    await expect(reading).rejects.toMatchObject({ code })
    await visit.closed
    expect(feed.visits).toBe(1)
  })

  test('are asked for again while nobody sells any, and not where the key is refused', async () => {
    feed.tillFaults.push({ status: 502, code: '' }, { status: 429, code: 'rate_limited' })
    const reading = take(open({}, bot), 1)
    const visit = await subscriber()
    visit.events(11)
    expect(await reading).toEqual([11])
    feed.tillFaults.push({ status: 401, code: 'invalid_api_key' })
    await expect(take(open({}, bot), 1)).rejects.toMatchObject({ code: 'invalid_api_key' })
    expect(feed.visits).toBe(1)
  })

  test('4003 without a word is forbidden', async () => {
    const reading = take(open(), 1)
    reading.catch(() => {})
    ;(await subscriber()).close(4003)
    await expect(reading).rejects.toMatchObject({ code: 'forbidden', status: 403 })
  })
})

describe('coming back', () => {
  test('waits longer each time, up to a limit, and briefly again after a connection that worked', async () => {
    const waited = waits()
    feed.refusals = 8
    const reading = take(open(), 2)
    const first = await subscriber()
    expect(waited()).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
    first.events(11)
    first.drop()
    const second = await subscriber()
    expect(waited().slice(8)).toEqual([250])
    second.events(12)
    expect(await reading).toEqual([11, 12])
  })

  test('after a restart is soon, however long it took to get there', async () => {
    feed.refusals = 5
    const reading = take(open(), 1)
    const first = await subscriber()
    const waited = waits()
    first.close(1012)
    const second = await subscriber()
    expect(waited()).toEqual([250])
    second.events(11)
    await reading
  })

  test.each([1013, 4008, 4013])('after %i is not too soon', async (code) => {
    const waited = waits()
    const reading = take(open(), 2)
    const first = await subscriber()
    first.events(11)
    first.close(code)
    const second = await subscriber()
    expect(second.subscribe.cursor).toBe('11')
    second.close(code)
    const third = await subscriber()
    expect(waited()).toEqual([2_000, 4_000])
    third.events(12)
    expect(await reading).toEqual([11, 12])
  })

  test('happens when the network has said nothing for two and a half heartbeats', async () => {
    const { started, running } = timersOf(50_000)
    const reader = open()
    const reading = take(reader, 1)
    const first = await subscriber()
    first.events(11)
    expect(await reading).toEqual([11])
    // The hello began one; the event ended it and began another.
    expect([started().length, running().length]).toEqual([2, 1])
    const more = take(reader, 1)
    running()[0]?.()
    const second = await subscriber()
    second.events(12)
    expect(await more).toEqual([12])
  })

  test('happens when nobody says hello', async () => {
    const { running } = timersOf(10_000)
    feed.hello = undefined
    const reading = take(open(), 1)
    const mute = await feed.visit()
    feed.hello = HELLO
    running()[0]?.()
    await mute.closed
    const second = await subscriber()
    second.events(11)
    expect(await reading).toEqual([11])
  })

  test.each([
    ['unknown_feed', 'not_found'],
    ['bad_frame', 'bad_request'],
  ] as const)('does not happen after %s', async (error, code) => {
    const reading = take(open({ feeds: ['weather'] }), 1)
    reading.catch(() => {})
    const visit = await subscriber()
    visit.send({ op: 'error', code: error })
    await expect(reading).rejects.toMatchObject({ name: 'Problem', code })
    await visit.closed
    expect(feed.visits).toBe(1)
  })
})
