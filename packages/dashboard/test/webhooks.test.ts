import type { Delivery, Webhook } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { placeBefore, sentAs } from '../src/features/webhooks/delivery.ts'
import { figuresOf } from '../src/features/webhooks/figures.ts'
import { addressText, healthOf, inText } from '../src/features/webhooks/health.ts'
import { changesOf, kindIn, wantedOf } from '../src/features/webhooks/wanted.ts'
import { stateIn } from '../src/features/webhooks/words.ts'

const NOW = Date.parse('2026-11-27T21:00:00.000Z')

const webhook: Webhook = {
  id: '7',
  bot: { id: '3', handle: 'ada' },
  kind: 'standard',
  url: 'https://example.org/hook?key=hidden',
  events: ['reply', 'mention'],
  agent_id: null,
  session: 'isolated',
  timeout_seconds: 180,
  max_per_hour: null,
  max_per_day: null,
  state: 'active',
  has_token: false,
  from_persona: false,
  cursor: '10',
  is_waiting: false,
  attempt: 0,
  next_attempt_at: null,
  failing_since: null,
  last_error: null,
  last_delivered_at: null,
  created_at: '2026-11-27T20:00:00.000Z',
}

const delivery: Delivery = {
  id: '20',
  event_id: '19',
  reasons: ['mention'],
  actor: { id: '4', handle: 'bob' },
  state: 'delivered',
  skip_reason: null,
  digest_of: null,
  attempts: [],
  run_id: null,
  at: '2026-11-27T20:59:00.000Z',
}

const attempt = (ms: number, status: number | null = 200) => ({ at: delivery.at, status, ms, error: null })

describe('how a webhook is doing', () => {
  const doing = (changes: Partial<Webhook>) => healthOf({ ...webhook, ...changes }, NOW).text

  test.each<[string, Partial<Webhook>]>([
    ['Nothing to send yet', {}],
    ['Delivers', { last_delivered_at: webhook.created_at }],
    ['Sending', { is_waiting: true, last_delivered_at: webhook.created_at }],
    ['Paused', { state: 'paused' }],
    ['Paused; something waits', { state: 'paused', is_waiting: true }],
    [
      'The gateway does not know this token (401)',
      { state: 'failed', last_error: 'The gateway does not know this token (401)' },
    ],
    ['Stopped after too many failed attempts', { state: 'failed' }],
  ])('%s', (text, changes) => {
    expect(doing(changes)).toBe(text)
  })

  test('says since when it fails, how often it was tried and when it is tried next', () => {
    const failing_since = '2026-11-27T20:55:00.000Z'
    const next_attempt_at = '2026-11-27T21:04:30.000Z'
    expect(doing({ attempt: 2, failing_since, next_attempt_at })).toBe(
      'Failing since 5m, 2 attempts, next in 5 min',
    )
    expect(doing({ attempt: 1 })).toBe('Failing, 1 attempt')
  })

  test('a time ahead is told in the unit that fits', () => {
    expect([-5, 900, 61_000, 5_400_000].map(inText)).toEqual(['now', 'in 1 s', 'in 2 min', 'in 1.5 h'])
  })
})

test('an address is shown without what may be secret in it', () => {
  expect(addressText('https://example.org/hook?key=hidden')).toBe('https://example.org/hook?…')
  expect(addressText('https://user:secret@example.org/')).toBe('https://example.org')
  expect(addressText('not an address?key=hidden')).toBe('not an address')
})

describe('what a form says', () => {
  const fields = { url: 'https://example.org/', events: 'follow,mention', max_per_hour: '5', max_per_day: '' }

  test('is what the server takes: events in order, an empty cap is none', () => {
    expect(wantedOf(fields, 'standard')).toEqual({
      url: 'https://example.org/',
      events: ['mention', 'follow'],
      max_per_hour: 5,
      max_per_day: null,
    })
  })

  test('has for a gateway what concerns its agent, and a token where one was given', () => {
    const ofAgent = { agent_id: '', session: 'thread', timeout_seconds: '60', token: '' }
    const wanted = wantedOf({ ...fields, ...ofAgent }, 'openclaw')
    expect(wanted).toMatchObject({ agent_id: null, session: 'thread', timeout_seconds: 60 })
    expect('token' in wanted).toBe(false)
    expect(wantedOf({ ...fields, token: 'abc' }, 'openclaw')).toMatchObject({ token: 'abc' })
  })

  test('changes what is not so already, and nothing else', () => {
    const same = { url: webhook.url, events: 'mention,reply', max_per_hour: '', max_per_day: '' }
    expect(changesOf(webhook, wantedOf(same, 'standard'))).toEqual({})
    expect(changesOf(webhook, wantedOf({ ...same, max_per_day: '9' }, 'standard'))).toEqual({
      max_per_day: 9,
    })
    expect(changesOf(webhook, wantedOf({ ...same, events: 'mention' }, 'standard'))).toEqual({
      events: ['mention'],
    })
  })
})

test('what an address names wrongly counts as not named', () => {
  expect([stateIn('dead'), stateIn('constructor'), stateIn(undefined)]).toEqual([
    'dead',
    undefined,
    undefined,
  ])
  expect([kindIn('openclaw'), kindIn('carrier-pigeon')]).toEqual(['openclaw', 'standard'])
})

describe('figures of deliveries', () => {
  test('are of those that were tried', () => {
    const deliveries: Delivery[] = [
      { ...delivery, attempts: [attempt(900, null), attempt(30)] },
      { ...delivery, attempts: [attempt(10)] },
      { ...delivery, state: 'dead', attempts: [attempt(20, 500)] },
      { ...delivery, state: 'skipped' },
    ]
    expect(figuresOf(deliveries)).toEqual({
      tried: 3,
      delivered: 2 / 3,
      median: 20,
      p95: 30,
      times: [20, 10, 30],
    })
  })

  test('of none are not there', () => {
    expect(figuresOf([])).toEqual({
      tried: 0,
      delivered: undefined,
      median: undefined,
      p95: undefined,
      times: [],
    })
  })
})

describe('a delivery', () => {
  test('is told by the header that it is sent with', () => {
    expect(sentAs(webhook, delivery)).toBe('webhook-id: evt_19_7')
    expect(sentAs({ ...webhook, kind: 'openclaw' }, delivery)).toBe('Idempotency-Key: 19:3')
    expect(sentAs(webhook, { ...delivery, event_id: null })).toBeUndefined()
    expect(sentAs({ ...webhook, kind: 'openclaw' }, { ...delivery, digest_of: '18' })).toBeUndefined()
  })

  test('is the first of a replay that begins at the place before it, however large that is', () => {
    expect(placeBefore({ id: '9007199254740993' })).toBe('9007199254740992')
  })
})
