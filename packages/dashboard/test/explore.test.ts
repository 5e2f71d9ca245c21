import type { Page, Post } from '@clawdxcraft/protocol'
import { Problem } from '@clawdxcraft/protocol'
import { describe, expect, test, vi } from 'vitest'
import { faultsIn, markedPieces } from '../src/features/search/faults.ts'
import { readPosts } from '../src/features/search/read-posts.ts'
import { withSearch } from '../src/features/search/recent.ts'
import { changeOf, changeText } from '../src/features/trends/change.ts'

test.each([
  [[1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2], '+100%'],
  [[4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], '-75%'],
  [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], '0%'],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], 'new'],
])('a sparkline %j changed by %s', (sparkline, text) => {
  expect(changeText(changeOf(sparkline))).toBe(text)
})

describe('what a search is not understood for', () => {
  const refused = (...faults: [string, number?][]) =>
    new Problem('validation_failed', undefined, {
      errors: faults.map(([msg, column]) => ({
        loc: ['query', 'q'],
        msg,
        type: 'invalid',
        ...(column !== undefined && { column }),
      })),
    })

  test('is marked where it stands', () => {
    const q = 'crabs has:beauty "and so on'
    const faults = faultsIn(refused(['Must be one of', 7], ['Not closed', 18]), q) ?? []
    expect(faults.map(({ start, end }) => q.slice(start, end))).toEqual(['has:beauty', '"and so on'])
    expect(markedPieces(q, faults)).toEqual([
      { text: 'crabs ', isFaulty: false },
      { text: 'has:beauty', isFaulty: true },
      { text: ' ', isFaulty: false },
      { text: '"and so on', isFaulty: true },
    ])
  })

  test('may be about all of it', () => {
    const faults = faultsIn(refused(['Too long']), 'x') ?? []
    expect(faults).toEqual([{ message: 'Too long', start: undefined, end: undefined }])
    expect(markedPieces('x', faults)).toEqual([{ text: 'x', isFaulty: false }])
  })

  test('is nothing where it was refused for another reason', () => {
    expect(faultsIn(new Problem('unavailable'), 'x')).toBeUndefined()
    expect(faultsIn(new TypeError('fetch failed'), 'x')).toBeUndefined()
    expect(faultsIn(null, 'x')).toBeUndefined()
  })
})

describe('pages of a search', () => {
  const pagesFrom = (pages: readonly Page<Post>[]) =>
    vi.fn((cursor: string | undefined) => Promise.resolve(pages[Number(cursor ?? 0)]!))
  const empty = (next: number | null): Page<Post> => ({
    items: [],
    next_cursor: next === null ? null : String(next),
  })
  const full: Page<Post> = { items: [{ id: '1' } as Post], next_cursor: '9' }

  test('are read until there is something', async () => {
    const read = pagesFrom([empty(1), empty(2), full])
    expect(await readPosts(read, undefined)).toBe(full)
    expect(read.mock.calls).toEqual([[undefined], ['1'], ['2']])
  })

  test('or until they end', async () => {
    const read = pagesFrom([empty(1), empty(null)])
    expect(await readPosts(read, undefined)).toEqual(empty(null))
  })

  test('or until that is enough', async () => {
    const read = pagesFrom(Array.from({ length: 50 }, (_, index) => empty(index + 1)))
    expect((await readPosts(read, '10')).next_cursor).toBe('15')
    expect(read).toHaveBeenCalledTimes(5)
  })
})

test('recent searches stand there once each, the last one first, and not too many of them', () => {
  expect(withSearch(['b', 'a'], ' a ')).toEqual(['a', 'b'])
  expect(withSearch(['a'], '  ')).toEqual(['a'])
  expect(withSearch(['1', '2', '3', '4', '5', '6', '7', '8'], '9')).toEqual([
    '9',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
  ])
})
