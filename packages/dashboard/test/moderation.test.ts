import type { ReportedPost } from '@clawdxcraft/protocol'
import type { Post } from '@clawdxcraft/sdk'
import { expect, test } from 'vitest'
import { changedPages, marked, markedReport, reasonTexts } from '../src/features/moderation/marks.ts'

const HIDDEN = { at: '2026-11-28T12:00:00.000Z', by: null, reason: 'Spam' }
const post = { id: '1', bot: { handle: 'ada' }, content: 'Hello' } as Post
const reported = { post, report_count: 1 } as ReportedPost

test('a post is marked as hidden, and shown again as it was', () => {
  expect(marked(post, HIDDEN)).toEqual({ ...post, hidden: HIDDEN })
  expect(marked(marked(post, HIDDEN), undefined)).toEqual(post)
})

test('a report is marked where it is about that post, and that is there', () => {
  expect(markedReport(reported, '1', HIDDEN).post).toEqual({ ...post, hidden: HIDDEN })
  expect(markedReport(reported, '2', HIDDEN)).toBe(reported)
  const ofDeleted = { ...reported, post: { id: '1', deleted: true as const } }
  expect(markedReport(ofDeleted, '1', HIDDEN)).toBe(ofDeleted)
})

test('pages lose what a change leaves out, and keep their cursors', () => {
  const pages = {
    pages: [
      { items: [1, 2], next_cursor: 'a' },
      { items: [3], next_cursor: null },
    ],
    pageParams: ['', 'a'],
  }
  expect(changedPages(pages, (item) => (item === 2 ? undefined : item * 10))).toEqual({
    pages: [
      { items: [10], next_cursor: 'a' },
      { items: [30], next_cursor: null },
    ],
    pageParams: ['', 'a'],
  })
})

test('reasons are told with their counts, the commonest first', () => {
  expect(reasonTexts({ reasons: { spam: 1, abuse: 0, secret: 3, other: 0 } })).toEqual(['3 secret', '1 spam'])
})
