import { AuditAction } from '@clawdxcraft/protocol'
import type { AuditEntry } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { ACTIONS, ACTION_GROUPS } from '../src/features/audit/actions.ts'
import { chainStateOf } from '../src/features/audit/chain.ts'
import { changesIn } from '../src/features/audit/changes.ts'
import { aboutOf, summaryOf, whoOf } from '../src/features/audit/entry.ts'
import { exportPath, filtersIn, localText, queryOf } from '../src/features/audit/filters.ts'
import { lineDiff } from '../src/features/audit/line-diff.ts'

const NOW = Date.parse('2026-11-27T21:00:00.000Z')

const entry = (metadata_json: Record<string, unknown>, changes: Partial<AuditEntry> = {}): AuditEntry => ({
  id: '1',
  bot_id: '3',
  action: 'bot.update',
  metadata_json,
  timestamp: '2026-11-27T20:00:00.000Z',
  ...changes,
})

test('every action of the log has its words, and its place among those that can be chosen', () => {
  expect(ACTIONS.toSorted()).toEqual([...AuditAction.options].toSorted())
  expect(ACTION_GROUPS.flatMap(([, actions]) => actions).toSorted()).toEqual(ACTIONS.toSorted())
})

describe('filters', () => {
  test('are read from an address; what is wrong there counts as not said', () => {
    const wrong = {
      bot: ' @Ada ',
      action: 'post.create,nonsense,toString,post.create',
      by: 'me',
      name: 'Me & you',
      range: '5h',
      object: 'x',
    }
    expect(filtersIn({ ...wrong, since: 'yesterday', until: '2026-11-01' })).toEqual({
      bot: 'ada',
      actions: ['post.create'],
      by: '',
      name: '',
      range: '',
      since: '',
      until: '2026-11-01T00:00:00.000Z',
      object: '',
    })
  })

  test('are told to the server as it takes them', () => {
    const said = { action: 'post.create,like.create', by: 'human', name: ' Grace ' }
    const filters = filtersIn({ ...said, range: '24h', object: '12' })
    expect(queryOf(filters, NOW)).toEqual({
      action: 'post.create,like.create',
      by: 'human',
      name: 'grace',
      since: '2026-11-26T21:00:00.000Z',
      object: '12',
    })
    expect(queryOf(filtersIn({}), NOW)).toEqual({})
    const own = { range: 'custom', since: '2026-11-01T10:00:00+02:00' }
    expect(queryOf(filtersIn(own), NOW)).toEqual({ since: '2026-11-01T08:00:00.000Z' })
    expect(queryOf(filtersIn({ ...own, range: '' }), NOW)).toEqual({})
  })

  test('lead to the export of the same entries', () => {
    expect(exportPath(filtersIn({}), NOW)).toBe('/audit/export')
    expect(exportPath(filtersIn({ bot: 'ada', action: 'post.create,post.delete' }), NOW)).toBe(
      '/audit/export?bot=ada&action=post.create%2Cpost.delete',
    )
  })

  test('show times by the clock of who reads', () => {
    const iso = '2026-11-01T08:30:00.000Z'
    expect(new Date(localText(iso)).toISOString()).toBe(iso)
    expect(localText('')).toBe('')
  })
})

describe('what was changed', () => {
  test('is told field by field, with what there was and what there is', () => {
    const summary = {
      before: { status: 'active', events: ['mention'], cap: 5, bio: 'Hello' },
      after: { status: 'paused', events: ['mention', 'reply'], cap: null, bio: '', has_token: false },
    }
    expect(changesIn(entry(summary))).toEqual([
      { field: 'bio', before: 'Hello', after: '(empty)', lines: undefined },
      { field: 'cap', before: '5', after: 'none', lines: undefined },
      { field: 'events', before: 'mention', after: 'mention, reply', lines: undefined },
      { field: 'has_token', before: undefined, after: 'false', lines: undefined },
      { field: 'status', before: 'active', after: 'paused', lines: undefined },
    ])
  })

  test('is told line by line where there is more than one', () => {
    const [change] = changesIn(entry({ before: { bio: 'one\ntwo' }, after: { bio: 'one\nthree' } }))
    expect(change?.lines).toEqual([
      { kind: 'same', text: 'one' },
      { kind: 'gone', text: 'two' },
      { kind: 'new', text: 'three' },
    ])
  })

  test('of a budget is its figure', () => {
    expect(changesIn(entry({ usd_a_day: 5, before: null }))).toMatchObject([
      { field: 'usd_a_day', before: 'none', after: '5' },
    ])
  })

  test('is nothing where the entry says nothing of it', () => {
    expect(changesIn(entry({ post_id: '7' }))).toEqual([])
    expect(changesIn(entry({ before: null, after: 'x' }))).toEqual([])
  })
})

describe('a diff of lines', () => {
  const text = (before: string, after: string) =>
    lineDiff(before, after).map(
      ({ kind, text: line }) => `${{ same: ' ', gone: '-', new: '+' }[kind]}${line}`,
    )

  test('keeps what both have, in order', () => {
    expect(text('a\nb\nc\nd', 'a\nc\nx\nd')).toEqual([' a', '-b', ' c', '+x', ' d'])
    expect(text('', 'a')).toEqual(['-', '+a'])
    expect(text('a\na\nb', 'a\nb')).toEqual([' a', '-a', ' b'])
    expect(text('same\ntext', 'same\ntext')).toEqual([' same', ' text'])
  })

  test('gives both texts back, whatever they are', () => {
    const random = (seed: number) => Array.from({ length: 40 }, (_, i) => 'abcd'[(i * seed) % 4]).join('\n')
    for (const [before, after] of [
      [random(3), random(5)],
      [random(7), random(1)],
      [random(2), ''],
    ] as const) {
      const diff = lineDiff(before, after)
      const side = (kind: 'gone' | 'new') =>
        diff
          .filter((line) => line.kind === 'same' || line.kind === kind)
          .map((line) => line.text)
          .join('\n')
      expect([side('gone'), side('new')]).toEqual([before, after])
    }
  })

  test('of very long texts is what lies between their common ends', () => {
    const many = (word: string) =>
      ['top', ...Array.from({ length: 3_000 }, (_, i) => `${word} ${i}`), 'end'].join('\n')
    const diff = lineDiff(many('old'), many('new'))
    expect(diff).toHaveLength(6_002)
    expect([diff[0], diff[1], diff.at(-2), diff.at(-1)]).toEqual([
      { kind: 'same', text: 'top' },
      { kind: 'gone', text: 'old 0' },
      { kind: 'new', text: 'new 2999' },
      { kind: 'same', text: 'end' },
    ])
  })
})

describe('an entry', () => {
  test('says who acted', () => {
    expect(whoOf(entry({ by: 'bot' }))).toEqual({ kind: 'bot', id: '3' })
    expect(whoOf(entry({ by: 'human', name: 'grace' }))).toEqual({ kind: 'human', name: 'grace' })
    expect(whoOf(entry({ by: 'human' }))).toEqual({ kind: 'human', name: 'Admin token' })
    expect(whoOf(entry({ by: 'anonymous' }))).toEqual({ kind: 'unknown' })
  })

  test('says what it was about', () => {
    expect(aboutOf(entry({ post_id: '7', content: 'x' }))).toEqual({ kind: 'post', id: '7' })
    expect(aboutOf(entry({ webhook_id: '8', delivery_id: '9' }))).toEqual({ kind: 'webhook', id: '8' })
    expect(aboutOf(entry({ followee_bot_id: '4' }))).toEqual({ kind: 'bot', id: '4' })
    expect(aboutOf(entry({ by: 'human' }))).toBeUndefined()
  })

  test('is summed up by what matters of it', () => {
    const of = (summary: Record<string, unknown>) =>
      summaryOf(entry({ by: 'bot', name: 'grace', ...summary }))
    expect(of({ post_id: '7', parent_id: null, content: 'Hello' })).toBe('Hello')
    expect(of({ before: { status: 'active' }, after: { status: 'paused' } })).toBe('status: active → paused')
    expect(of({ before: { a_b: 1, c: 2 }, after: { a_b: 2, c: 3 } })).toBe('a b, c')
    expect(of({ webhook_id: '8', delivered: true, status: 204 })).toBe('delivered · status 204')
    expect(of({ webhook_id: '8', grace_seconds: 60 })).toBe('grace seconds 60')
    expect(of({ post_id: '7' })).toBe('')
  })
})

test('the chain is empty, being verified, verified or broken', () => {
  const at = '2026-11-27T20:00:00.000Z'
  const of = (links: number, verified: { up_to: number; ok: boolean; fault?: string } | null, waiting = 0) =>
    chainStateOf({ links, waiting, head_hash: null, verified: verified && { at, ...verified } })
  expect(of(0, null)).toEqual({ kind: 'empty' })
  expect(of(5, null)).toEqual({ kind: 'going', upTo: 0, links: 5 })
  expect(of(50_000, { up_to: 20_000, ok: true })).toEqual({ kind: 'going', upTo: 20_000, links: 50_000 })
  expect(of(5, { up_to: 5, ok: true })).toEqual({ kind: 'verified', upTo: 5, newer: 0 })
  expect(of(5, { up_to: 3, ok: true }, 2)).toEqual({ kind: 'verified', upTo: 3, newer: 4 })
  expect(of(5, { up_to: 2, ok: false, fault: 'Row 3 is missing' })).toEqual({
    kind: 'broken',
    fault: 'Row 3 is missing',
    upTo: 2,
  })
})
