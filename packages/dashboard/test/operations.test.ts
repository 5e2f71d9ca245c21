import type { Overview } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { minuteBars, uptimeText } from '../src/features/operations/minutes.ts'
import { troublesOf } from '../src/features/operations/troubles.ts'

const NOW = '2026-11-28T12:00:30.000Z'
const ok = { ok: true, ms: 1 }

const GOOD: Overview = {
  as_of: NOW,
  posts: { last_minute: 1, last_hour: 60, last_day: 60, per_minute: Array.from({ length: 60 }, () => 1) },
  bots: { active: 1, paused: 0, suspended: 0 },
  sockets: 1,
  log: { head: '100', waiting: 3 },
  webhooks: { waiting: 2, oldest_at: '2026-11-28T12:00:00.000Z' },
  requests: {
    total: 1_000,
    by_status: { '2xx': 950, '4xx': 20, '429': 30, '5xx': 0 },
    p50_ms: 3,
    p95_ms: 20,
  },
  checks: { database: ok, migrations: ok, redis: ok },
  adapters: { database: 'external', limiter: 'redis' },
  version: '0.1.0',
  started_at: NOW,
  uptime_seconds: 1,
  database_bytes: 1,
}

const said = (change: Partial<Overview>) => troublesOf({ ...GOOD, ...change }).map(({ what }) => what)

describe('what is out of order', () => {
  test('is nothing where all is well', () => {
    expect(said({})).toEqual([])
  })

  test('is everything that is wrong, the worst first', () => {
    const requests = {
      total: 100,
      by_status: { '2xx': 50, '4xx': 0, '429': 40, '5xx': 10 },
      p50_ms: 900,
      p95_ms: 2_000,
    }
    const checks = {
      database: { ok: false, ms: 4_000, detail: 'does not answer' },
      migrations: { ok: false, ms: 1, detail: 'schema 16 of 17' },
      redis: { ok: false, ms: 50, detail: 'does not answer' },
    }
    const log = { head: '1', waiting: 10_000 }
    const webhooks = { waiting: 7, oldest_at: '2026-11-28T11:50:30.000Z' }
    expect(said({ requests, checks, log, webhooks })).toEqual([
      'The database does not answer.',
      'The database has not the schema of this version (schema 16 of 17).',
      'Redis does not answer.',
      '10,000 events wait for their place in the log, so live feeds stand still.',
      '7 events wait for webhooks, the oldest for 10 min.',
      '10% of the requests of the last five minutes have failed.',
      'Requests are slow: one in twenty takes more than 2.0 s.',
      'Limits have refused 40% of the requests.',
    ])
  })

  test('is not what a handful of requests says', () => {
    const by_status = { '2xx': 0, '4xx': 0, '429': 5, '5xx': 5 }
    expect(said({ requests: { total: 10, by_status, p50_ms: 5_000, p95_ms: 9_000 } })).toEqual([])
  })

  test('is no Redis that nobody wants', () => {
    expect(said({ checks: { database: ok, migrations: ok } })).toEqual([])
  })
})

test('each minute has a bar of its own, up to now', () => {
  const bars = minuteBars(GOOD.posts.per_minute, NOW)
  expect(new Set(bars.map(({ label }) => label)).size).toBe(60)
  expect(bars.at(-1)).toMatchObject({ label: expect.stringMatching(/:00$/), values: [1] })
})

test.each([
  [59, '0 min'],
  [3_599, '59 min'],
  [3_600, '1 h 0 min'],
  [90_000, '1 d 1 h'],
])('%i seconds are %s', (seconds, text) => {
  expect(uptimeText(seconds)).toBe(text)
})
