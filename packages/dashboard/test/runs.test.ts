import type { Page, Run } from '@clawdxcraft/sdk'
import { describe, expect, test } from 'vitest'
import { faultsIn, filtersIn, localTime, queryOf, timeOf } from '../src/features/runs/filters.ts'
import { neighboursOf } from '../src/features/runs/neighbours.ts'
import { newIn, readRuns, withNew } from '../src/features/runs/read-runs.ts'
import {
  POSTS_READ,
  cachedText,
  decisionIn,
  messagesIn,
  seenIn,
  verdictsIn,
} from '../src/features/runs/record.ts'
import { piecesOf, wordsIn } from '../src/features/runs/shared-words.ts'

const run = (id: number, at = id) => ({ id: String(id), created_at: new Date(at).toISOString() }) as Run
const pageOf = (ids: readonly number[], next: string | null = null) => ({
  items: ids.map((id) => run(id)),
  next_cursor: next,
})
const idsOf = (pages: readonly Page<Run>[]) => pages.map(({ items }) => items.map(({ id }) => Number(id)))

describe('filters', () => {
  test('what makes no sense is left out, and told', () => {
    const search = { bot: 'Ada!', state: 'tired', min_cost: '0.5', period: 'custom', since: 'now', view: 'x' }
    expect(filtersIn(search)).toEqual({ min_cost: '0.5', period: 'custom' })
    expect([...faultsIn(search)]).toEqual(['bot', 'state', 'since'])
  })

  test('a period ends now, and times count where no period is chosen', () => {
    const now = Date.parse('2026-11-01T12:00:00Z')
    expect(queryOf({ bot: 'ada', period: '1h', until: '2026-01-01T00:00:00Z' }, now)).toEqual({
      bot: 'ada',
      since: '2026-11-01T11:00:00.000Z',
    })
    const since = '2026-10-01T00:00:00Z'
    expect(queryOf({ period: 'custom', since }, now)).toEqual({ since })
    expect(queryOf({ since }, now)).toEqual({})
  })

  test('a time goes into its field and comes out of it', () => {
    const time = '2026-11-01T12:34:00.000Z'
    expect(timeOf(localTime(time))).toBe(time)
    expect([timeOf(''), localTime(undefined), localTime('x')]).toEqual(['', '', ''])
  })
})

describe('pages', () => {
  test('short ones are gathered, and no more than a few of them', async () => {
    let asked = 0
    const rare = (cursor: string | undefined) => Promise.resolve(pageOf([1000 - asked++], `${cursor}.`))
    const page = await readRuns(rare, 'c')
    expect(asked).toBe(5)
    expect(page).toMatchObject({ next_cursor: 'c.....', searched: 100_000 })
    expect(page.items).toHaveLength(5)

    const last = await readRuns(() => Promise.resolve(pageOf([3, 2])), undefined)
    expect(last).toMatchObject({ next_cursor: null, searched: 0 })
  })

  const shown = [{ ...pageOf([5, 4], 'c'), searched: 0 }]

  test('what is new goes above what is there', () => {
    const head = pageOf([7, 6, 5], 'd')
    expect(newIn(shown, head)).toHaveLength(2)
    expect(idsOf(withNew(shown, head))).toEqual([
      [7, 6],
      [5, 4],
    ])
    expect(idsOf(withNew(shown, pageOf([5, 4], 'd')))).toEqual([[5, 4]])
  })

  test('where there may be more between, only what is new stays', () => {
    expect(idsOf(withNew(shown, pageOf([9, 8], 'd')))).toEqual([[9, 8]])
    expect(idsOf(withNew(shown, pageOf([9, 8])))).toEqual([
      [9, 8],
      [5, 4],
    ])
    expect(idsOf(withNew([{ ...pageOf([]), searched: 0 }], pageOf([9])))).toEqual([[9], []])
  })
})

describe('neighbours', () => {
  const MINUTE = 60_000
  /** A bot with a run every minute, the first at 1. */
  const listOf = (count: number) => {
    const all = Array.from({ length: count }, (_, index) => run(count - index, (count - index) * MINUTE))
    return ({ since, until, limit }: { since?: string; until?: string; limit: string }) => {
      const found = all.filter(
        ({ created_at }) => (!since || created_at >= since) && (!until || created_at < until),
      )
      const items = found.slice(0, Number(limit))
      return Promise.resolve({ items, next_cursor: items.length < found.length ? 'more' : null })
    }
  }

  test.each([
    [100, 100, '99', undefined],
    [100, 99, '98', '100'],
    [100, 81, '80', '82'],
    [100, 50, '49', '51'],
    [100, 1, undefined, '2'],
    [1, 1, undefined, undefined],
    [3, 1, undefined, '2'],
  ])('of %i runs, beside number %i', async (count, at, previous, next) => {
    expect(await neighboursOf(run(at, at * MINUTE), listOf(count))).toEqual({ previous, next })
  })
})

describe('records', () => {
  test('of the Bot Agent are read', () => {
    const saw = {
      items: [{ source: 'inbox', reason: 'mention', author: 'ada', post_id: '12' }, { author: 'bob' }],
      trends: ['rust'],
      has_message: true,
    }
    expect(seenIn(saw)).toEqual({
      items: [
        { source: 'inbox', reason: 'mention', author: 'ada', postId: '12' },
        { source: undefined, reason: undefined, author: 'bob', postId: undefined },
      ],
      trends: ['rust'],
      hasMessage: true,
      rest: undefined,
    })
    expect(decisionIn({ action: 'reply', target: 2, text: 'Yes' })).toEqual({
      ...{ action: 'reply', target: 2, text: 'Yes', rest: undefined },
    })
    const verdicts = { passed: ['content'], amended: [], refused: [{ rule: 'copy', reason: 'A copy' }] }
    expect(verdictsIn(verdicts)).toEqual({
      rules: [
        { rule: 'copy', outcome: 'refused', reason: 'A copy' },
        { rule: 'content', outcome: 'passed', reason: undefined },
      ],
      rest: undefined,
    })
  })

  test('have prompts in pieces, and not every post of a long one is read', () => {
    const posts = Array.from({ length: POSTS_READ + 1 }, (_, id) => ({ post_id: String(id) }))
    const [system, user, last] = messagesIn([
      { role: 'system', parts: ['You are 💡'] },
      { role: 'user', parts: ['"', ...posts, '"'] },
      { role: 'user', parts: [{ post_id: '7' }] },
    ])
    expect(system).toEqual({ title: 'System message', note: '9 characters', pieces: ['You are 💡'] })
    expect(user).toMatchObject({ title: 'User message', note: `2 characters, ${POSTS_READ + 1} posts` })
    expect(user?.pieces.slice(0, 2)).toEqual(['"', { postId: '0', isRead: true }])
    expect(user?.pieces.slice(-2)).toEqual([{ postId: String(POSTS_READ), isRead: false }, '"'])
    expect(last).toMatchObject({ note: '0 characters, 1 post', pieces: [{ postId: '7', isRead: false }] })
  })

  test('tell cached tokens where there are any', () => {
    expect([cachedText({ tokens_cached: 0 }), cachedText({ tokens_cached: 1_024 })]).toEqual([
      '',
      ' (1,024 cached)',
    ])
  })

  test('with more in them than is known lose nothing', () => {
    expect(seenIn({ items: [], mood: 'bad' }).rest).toEqual({ mood: 'bad' })
    expect(decisionIn({ action: 'post', text: 'Hi', why: 'bored', target: 'x' })).toMatchObject({
      ...{ text: 'Hi', rest: { why: 'bored', target: 'x' } },
    })
    expect(verdictsIn({ passed: ['a'], refused: 'all', score: 3 })).toMatchObject({
      rest: { refused: 'all', score: 3 },
    })
    const listed = [{ rule: 'a', outcome: 'amended', reason: 'r' }]
    expect(verdictsIn(listed).rules).toEqual(listed)
  })

  test.each([null, 7, 'text', [], [1, [2]], { items: [null] }, { items: 'x', trends: [1] }, {}])(
    'of the shape %j are left as they are',
    (value) => {
      const isNothing = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
      const seen = seenIn(value)
      expect(seen.items).toEqual([])
      if (!isNothing) expect(seen.rest).toEqual(value)
      expect(decisionIn(value)).toMatchObject({ action: undefined, rest: value ?? undefined })
      expect(verdictsIn(value).rules).toEqual([])
    },
  )

  test('name no post that cannot be one', () => {
    const items = [
      { post_id: '../x', author: 'a' },
      { post_id: '99999999999999999999', author: 'a' },
    ]
    expect(seenIn({ items }).items.map(({ postId }) => postId)).toEqual([undefined, undefined])
  })
})

test('words that are in both texts are found, in any script', () => {
  const shared = wordsIn(['The Borrow checker, 猫が好き']).intersection(wordsIn(['a borrow of 猫 the']))
  expect([...shared]).toEqual(['borrow', '猫'])
  const marked = piecesOf('To borrow 猫!', shared).map(({ text, isShared }) =>
    isShared ? `[${text}]` : text,
  )
  expect(marked.join('')).toBe('To [borrow] [猫]!')
})
