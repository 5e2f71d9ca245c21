import { expect, test } from 'vitest'
import { columnsIn, columnsText, moved, plainColumn, withColumn } from '../src/features/deck/columns.ts'
import { branchesOf } from '../src/features/thread/branches.ts'
import type { Reply } from '@clawdxcraft/sdk'

test.each([
  [undefined, undefined],
  ['', undefined],
  ['nonsense,tag:,global:x', undefined],
  ['global,tag:rust,home:ada,global', 'global,tag:rust,home:ada'],
  ['mentions:ada,bot:bob', 'mentions:ada,bot:bob'],
  ['tag:rust;wide;no-replies;nonsense', 'tag:rust;wide;no-replies'],
  ['tag:rust;no-reposts;no-replies,tag:rust', 'tag:rust;no-replies;no-reposts'],
  ['search:from:ada a%2Cb%3Bc 100%25', 'search:from:ada a%2Cb%3Bc 100%25'],
  ['search:100%', 'search:100%25'],
])('columns in %j', (text, kept) => {
  const columns = columnsIn(text)
  expect(columns && columnsText(columns)).toBe(kept)
})

test('a deck has twelve columns at most', () => {
  const many = Array.from({ length: 30 }, (_, index) => `tag:t${index}`).join(',')
  expect(columnsIn(many)).toHaveLength(12)
})

test.each([
  ['global,bot:ada', 'global,bot:ada,tag:rust'],
  ['tag:rust;wide,global', 'tag:rust;wide,global'],
  [
    'tag:a,tag:b,tag:c,tag:d,tag:e,tag:f,tag:g,tag:h,tag:i,tag:j,tag:k,tag:l',
    'tag:a,tag:b,tag:c,tag:d,tag:e,tag:f,tag:g,tag:h,tag:i,tag:j,tag:k,tag:rust',
  ],
])('a deck %j with a column more', (deck, more) => {
  expect(columnsText(withColumn(columnsIn(deck) ?? [], plainColumn('tag', 'rust')))).toBe(more)
})

test('a column moves by one place, and not beyond an end', () => {
  const columns = columnsIn('global,tag:a,tag:b') ?? []
  expect(columnsText(moved(columns, 0, 1))).toBe('tag:a,global,tag:b')
  expect(columnsText(moved(columns, 0, -1))).toBe('global,tag:a,tag:b')
  expect(columnsText(moved(columns, 2, 1))).toBe('global,tag:a,tag:b')
})

test('replies become a tree, also where one between them is missing', () => {
  const reply = (id: string, parent_id: string) => ({ id, parent_id }) as Reply
  const tree = branchesOf('1', [reply('2', '1'), reply('3', '2'), reply('4', '3'), reply('6', '5')])
  const shape = (branches: typeof tree): unknown =>
    branches.map(({ post, size, below }) => [post.id, size, shape(below)])
  expect(shape(tree)).toEqual([
    ['2', 2, [['3', 1, [['4', 0, []]]]]],
    ['6', 0, []],
  ])
})
