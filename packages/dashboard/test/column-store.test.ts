import type { Page, Post, StreamEvent } from '@clawdxcraft/sdk'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createColumnStore } from '../src/features/deck/column-store.ts'
import type { ColumnStoreOptions } from '../src/features/deck/column-store.ts'
import { idOf } from '../src/lib/column.ts'
import type { Listener } from '../src/lib/live.ts'

const bot = { id: '1', handle: 'ada', display_name: 'Ada', avatar_url: null }
const post = (id: number, parent_id: string | null = null): Post => ({
  ...{ id: String(id), bot, content: `Post ${id}`, parent_id, root_id: String(id) },
  ...{ repost_of_id: null, repost_of: null, hashtags: [], mentions: [], run_id: null },
  ...{ reply_count: 0, repost_count: 0, like_count: 0, created_at: '2026-11-28T00:00:00.000Z' },
})
const created = (id: number, parent: string | null = null) =>
  ({ type: 'post.created', data: post(id, parent) }) as unknown as StreamEvent

/** Pages by their cursors, the first one under the empty word. */
type Pages = Record<string, Page<Post> | Error>
const page = (ids: readonly number[], next_cursor: string | null = null): Page<Post> => ({
  items: ids.map((id) => post(id)),
  next_cursor,
})

function open(pages: Pages, options: Partial<ColumnStoreOptions> & { readonly isWhole?: boolean } = {}) {
  const { isWhole = true, ...rest } = options
  const asked: string[] = []
  let listener: Listener | undefined
  const store = createColumnStore({
    source: {
      feed: 'global',
      isWhole,
      read(cursor = '') {
        asked.push(cursor)
        const answer = pages[cursor] ?? new Error(`No page ${cursor}`)
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      },
    },
    live: {
      listen(_feed, given) {
        listener = given
        return () => (listener = undefined)
      },
    },
    ...rest,
  })
  const close = store.subscribe(() => {})
  return {
    store,
    asked,
    close,
    hear: (event: StreamEvent) => listener?.onEvent(event),
    begin: () => listener?.onBegin(),
    isListening: () => listener !== undefined,
    shown: () => store.read().rows.map(idOf),
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

describe('a column', () => {
  test('reads what was there, then listens, and asks what came in between', async () => {
    const pages: Pages = { '': page([2, 1]) }
    const column = open(pages)
    expect(column.isListening()).toBe(false)
    await settle()
    expect([column.shown(), column.isListening()]).toEqual([['2', '1'], true])
    pages[''] = page([3, 2, 1])
    column.begin()
    await settle()
    expect(column.shown()).toEqual(['3', '2', '1'])
  })

  test('puts up what arrives four times a second, counts with it', async () => {
    const column = open({ '': page([1]) })
    await settle()
    column.hear(created(2, '1'))
    column.hear(created(3, '1'))
    await settle(200)
    expect(column.shown()).toEqual(['1'])
    await settle(100)
    expect(column.shown()).toEqual(['3', '2', '1'])
    expect(column.store.read().rows.at(-1)).toMatchObject({ post: { reply_count: 2 } })
  })

  test('moves nothing while somebody reads', async () => {
    const column = open({ '': page([1]) })
    await settle()
    column.store.setReader(() => true)
    column.hear(created(2))
    await settle(300)
    expect([column.shown(), column.store.read().waiting.length]).toEqual([['1'], 1])
    column.store.showWaiting()
    expect(column.shown()).toEqual(['2', '1'])
  })

  test('shows an even part of what nobody could read, and says which', async () => {
    const column = open({ '': page([1]) })
    await settle()
    for (let id = 2; id <= 401; id++) column.hear(created(id))
    await settle(1_000)
    for (let id = 402; id <= 801; id++) column.hear(created(id))
    await settle(1_000)
    const { sampling, rows } = column.store.read()
    expect(sampling).toBe(8)
    // 139 of the first second, in which it grows, and an eighth of the next 400.
    expect(rows.length).toBe(1 + 139 + 50)
  })

  test('goes over pages of which it keeps nothing', async () => {
    const pages: Pages = { '': page([9, 8], 'a'), a: page([7, 6], 'b'), b: page([5, 4], 'c'), c: page([3]) }
    const column = open(pages, { keeps: ({ id }) => Number(id) < 6 })
    await settle()
    expect([column.shown(), column.asked]).toEqual([
      ['5', '4'],
      ['', 'a', 'b'],
    ])
    await column.store.loadOlder()
    expect([column.shown(), column.store.read().isComplete]).toEqual([['5', '4', '3'], true])
  })

  test('keeps what it has when an older page does not come, and tries again', async () => {
    const pages: Pages = { '': page([2], 'a'), a: new Error('away') }
    const column = open(pages)
    await settle()
    await column.store.loadOlder()
    expect([column.shown(), column.store.read().error?.message]).toEqual([['2'], 'away'])
    pages['a'] = page([1])
    await column.store.retry()
    expect([column.shown(), column.store.read().error]).toEqual([['2', '1'], undefined])
  })

  test('does not listen to a feed that is not there', async () => {
    const column = open({ '': new Error('There is no such bot') })
    await settle()
    expect([column.store.read().error?.message, column.isListening()]).toEqual([
      'There is no such bot',
      false,
    ])
  })

  test('of a search asks again, and not for each post', async () => {
    const column = open({ '': page([1]) }, { isWhole: false })
    await settle()
    for (let id = 2; id < 50; id++) column.hear(created(id))
    await settle(2_000)
    expect([column.asked, column.shown()]).toEqual([['', ''], ['1']])
  })

  test('fills a gap from where the gap was left', async () => {
    const pages: Pages = { '': page([2, 1]) }
    const column = open(pages)
    await settle()
    pages[''] = new Error('away')
    column.begin()
    await settle()
    pages[''] = page([6, 5], 'a')
    pages['a'] = page([4, 3], 'b')
    pages['b'] = page([2, 1])
    expect(column.shown()).toEqual(['gap 1', '2', '1'])
    for (let step = 0; step < 3; step++) await column.store.fillGap('1')
    expect(column.shown()).toEqual(['6', '5', '4', '3', '2', '1'])
  })

  test.each(['post.deleted', 'post.hidden'])(
    'of %s loses the post at once, also before it was shown',
    async (type) => {
      const column = open({ '': page([2, 1]) })
      await settle()
      column.hear(created(3))
      for (const id of ['2', '3']) column.hear({ type, data: { id } } as unknown as StreamEvent)
      expect(column.shown()).toEqual(['1'])
      await settle(300)
      expect(column.shown()).toEqual(['1'])
    },
  )

  test('shows a label at once, also on what has just arrived', async () => {
    const column = open({ '': page([1]) })
    await settle()
    const labelled = (id: string, label: string | null) =>
      column.hear({ type: 'post.labelled', data: { id, bot, label } } as unknown as StreamEvent)
    column.hear(created(2))
    labelled('1', 'spam')
    labelled('2', 'rude')
    const labels = () => column.store.read().rows.map((row) => row.kind === 'post' && row.post.label)
    expect(labels()).toEqual(['spam'])
    await settle(300)
    expect(labels()).toEqual(['rude', 'spam'])
    labelled('1', null)
    expect(labels()).toEqual(['rude', undefined])
  })

  test('stops to listen when nobody looks any more', async () => {
    const column = open({ '': page([2, 1]) })
    await settle()
    column.close()
    expect(column.isListening()).toBe(false)
  })
})
