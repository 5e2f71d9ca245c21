import type { Post } from '@clawdxcraft/sdk'
import { describe, expect, test } from 'vitest'
import {
  EMPTY_COLUMN,
  counted,
  extended,
  filled,
  idOf,
  interrupted,
  labelled,
  received,
  samplingAt,
  shown,
  withoutPost,
} from '../src/lib/column.ts'
import type { Column } from '../src/lib/column.ts'

const bot = { id: '1', handle: 'ada', display_name: 'Ada', avatar_url: null }
const post = (id: number): Post => ({
  ...{ id: String(id), bot, content: `Post ${id}`, parent_id: null, root_id: String(id) },
  ...{ repost_of_id: null, repost_of: null, hashtags: [], mentions: [], run_id: null },
  ...{ reply_count: 0, repost_count: 0, like_count: 0, created_at: '2026-11-28T00:00:00.000Z' },
})
const posts = (...ids: number[]) => ids.map(post)
const shownIds = ({ rows }: Column) => rows.map(idOf)
const waitingIds = ({ waiting }: Column) => waiting.map(idOf)

describe('a column', () => {
  test('shows what is new above what is old, each once', () => {
    const column = received(received(EMPTY_COLUMN, posts(2, 1), false), posts(3, 2), false)
    expect(shownIds(column)).toEqual(['3', '2', '1'])
  })

  test('moves nothing while somebody reads, and shows all of it then', () => {
    const before = received(EMPTY_COLUMN, posts(1), false)
    const column = received(received(before, posts(2), true), posts(3, 2, 1), true)
    expect([shownIds(column), waitingIds(column)]).toEqual([['1'], ['3', '2']])
    expect([shownIds(shown(column)), waitingIds(shown(column))]).toEqual([['3', '2', '1'], []])
    expect(shownIds(received(column, posts(4), false))).toEqual(['4', '3', '2', '1'])
  })

  test('takes older posts at its lower end', () => {
    const column = extended(received(EMPTY_COLUMN, posts(9, 8), false), posts(8, 7, 6))
    expect(shownIds(column)).toEqual(['9', '8', '7', '6'])
  })

  test('lets go of what waits longest, and says that it did', () => {
    const many = Array.from({ length: 2_500 }, (_, index) => 3_000 - index)
    const column = received(received(EMPTY_COLUMN, posts(1), false), posts(...many), true)
    expect(column.waiting).toHaveLength(2_001)
    expect(waitingIds(column).at(-1)).toMatch(/^gap /)
  })

  test('says once where posts are missing, and closes the gap when it is filled', () => {
    let column = received(EMPTY_COLUMN, posts(2, 1), false)
    column = interrupted(interrupted(column, 'a'), 'b')
    column = received(column, posts(9), false)
    expect(shownIds(column)).toEqual(['9', 'gap a', '2', '1'])
    column = filled(column, 'a', posts(9, 8, 7))
    expect(shownIds(column)).toEqual(['9', '8', '7', 'gap a', '2', '1'])
    column = filled(column, 'a', posts(6, 5, 2, 1))
    expect(shownIds(column)).toEqual(['9', '8', '7', '6', '5', '2', '1'])
    expect(filled(column, 'a', posts(4))).toBe(column)
  })

  test('knows nothing of gaps where it has nothing yet', () => {
    expect(interrupted(EMPTY_COLUMN, 'a')).toBe(EMPTY_COLUMN)
  })

  test('shows a label on its post, on what passes it on and where it is quoted', () => {
    const original = { ...post(1), repost_of: null }
    const repost: Post = { ...post(2), content: '', repost_of_id: '1', repost_of: original }
    const quote: Post = { ...post(3), repost_of_id: '1', repost_of: original }
    const before = received(received(EMPTY_COLUMN, [post(1)], false), [quote, repost, post(4)], true)
    const labels = ({ rows, waiting }: Column) =>
      [...waiting, ...rows].map((row) => {
        if (row.kind === 'gap') return []
        const { id, label, repost_of: of } = row.post
        return [id, label, of && 'bot' in of && of.label]
      })
    const column = labelled(before, '1', 'spam')
    expect(labels(column)).toEqual([
      ['3', undefined, 'spam'],
      ['2', undefined, 'spam'],
      ['4', undefined, null],
      ['1', 'spam', null],
    ])
    expect(labelled(column, '1', null)).toEqual(before)
    // A feed of who passed it on tells of nothing else.
    expect(labels(labelled(before, '2', 'rude'))[1]).toEqual(['2', 'rude', 'rude'])
    expect(labelled(before, '7', 'spam')).toBe(before)
  })

  test('changes and removes a post wherever it is', () => {
    const column = received(received(EMPTY_COLUMN, posts(1), false), posts(2), true)
    const liked = counted(column, new Map(['1', '2'].map((id) => [id, { like_count: 1 }])))
    expect(
      [...liked.rows, ...liked.waiting].map((row) => row.kind === 'post' && row.post.like_count),
    ).toEqual([1, 1])
    expect(counted(column, new Map([['7', { like_count: 1 }]]))).toBe(column)
    expect(withoutPost(withoutPost(column, '1'), '2')).toMatchObject({ rows: [], waiting: [] })
  })

  test('takes what a removed post said out of what passes it on and what quotes it', () => {
    const original = { ...post(1), repost_of: null }
    const quote = { ...post(2), repost_of_id: '1', repost_of: original }
    const column = received(EMPTY_COLUMN, [{ ...quote, id: '3', content: '' }, quote, original], false)
    expect(withoutPost(column, '1').rows).toEqual([
      { kind: 'post', post: { ...quote, repost_of: { id: '1', deleted: true } } },
    ])
  })
})

test.each([
  [0, 1],
  [50, 1],
  [51, 2],
  [200, 4],
])('of %i posts a second one in %i is kept', (rate, sampling) => {
  expect(samplingAt(rate)).toBe(sampling)
})
