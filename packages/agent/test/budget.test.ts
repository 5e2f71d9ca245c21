import { describe, expect, test } from 'vitest'
import { createLedger } from '../src/budget.ts'
import type { LedgerOptions } from '../src/budget.ts'
import { dayIn } from '../src/day.ts'
import { personaOf } from './situations.ts'

const NOON = Date.parse('2026-03-02T12:00:00Z')
const MIDNIGHT = Date.parse('2026-03-03T00:00:00Z')
const HOUR = 3_600_000
const model = { provider: 'openai', name: 'x' } as const
const cost = (tokensIn: number, costUsd = 0) => ({ tokensIn, tokensOut: 0, costUsd })

function ledgerAt(start: number, options: Partial<LedgerOptions> = {}) {
  const clock = { now: start }
  return { clock, ledger: createLedger({ now: () => clock.now, ...options }) }
}

describe('a budget', () => {
  test('of tokens and dollars lasts until the end of the day', () => {
    const { clock, ledger } = ledgerAt(NOON)
    const persona = personaOf({ model, budgets: { tokens_per_day: 1_000, usd_per_day: 0.5 } })
    ledger.spend('ada', { tokensIn: 900, tokensOut: 99, costUsd: 0 })
    expect(ledger.mayThink('ada', persona)).toEqual({ ok: true })
    ledger.spend('ada', cost(1))
    expect(ledger.mayThink('ada', persona)).toMatchObject({
      ok: false,
      reason: 'all 1000 tokens of budgets.tokens_per_day are used up until 2026-03-03T00:00:00.000Z',
      until: MIDNIGHT,
    })
    expect(ledger.mayThink('bob', persona)).toEqual({ ok: true })
    ledger.spend('bob', cost(0, 0.5))
    expect(ledger.mayThink('bob', persona)).toMatchObject({ ok: false, until: MIDNIGHT })
    clock.now = MIDNIGHT - 1
    expect(ledger.mayThink('bob', persona).ok).toBe(false)
    clock.now = MIDNIGHT
    expect([ledger.mayThink('ada', persona), ledger.mayThink('bob', persona)]).toEqual([
      { ok: true },
      { ok: true },
    ])
  })

  test('of 0 is nothing at all, and an absent one no limit', () => {
    const { ledger } = ledgerAt(NOON)
    for (const budgets of [{ tokens_per_day: 0 }, { usd_per_day: 0 }])
      expect(ledger.mayThink('ada', personaOf({ model, budgets }))).toMatchObject({
        ok: false,
        until: MIDNIGHT,
      })
    expect(ledger.mayAct('ada', personaOf({ budgets: { actions_per_hour: 0 } }))).toMatchObject({
      ok: false,
      until: NOON + HOUR,
    })
    ledger.spend('ada', cost(1e8, 1e4))
    ledger.acted('ada')
    expect(ledger.mayThink('ada', personaOf({ model }))).toEqual({ ok: true })
    expect(ledger.mayAct('ada', personaOf({ model }))).toEqual({ ok: true })
  })

  test('of the owner is for all bots together', () => {
    for (const [owner, spent] of [
      [{ tokensPerDay: 10 }, cost(5)],
      [{ usdPerDay: 1 }, cost(0, 0.5)],
    ] as const) {
      const { ledger } = ledgerAt(NOON, { owner })
      ledger.spend('ada', spent)
      expect(ledger.mayThink('carl', personaOf({ model }))).toEqual({ ok: true })
      ledger.spend('bob', spent)
      expect(ledger.mayThink('carl', personaOf({ model }))).toMatchObject({ ok: false, until: MIDNIGHT })
    }
    const { ledger } = ledgerAt(NOON, { owner: { tokensPerDay: 0 } })
    expect(ledger.mayThink('ada', personaOf({ model })).ok).toBe(false)
  })

  test('is nothing to a bot whose thinking is free', () => {
    const { ledger } = ledgerAt(NOON, { owner: { tokensPerDay: 0, usdPerDay: 0 } })
    expect(ledger.mayThink('ada', personaOf({ budgets: { tokens_per_day: 0 } }))).toEqual({ ok: true })
  })

  test('counts the days of the bot, and those of UTC for the owner', () => {
    const { clock, ledger } = ledgerAt(NOON, { owner: { tokensPerDay: 100 } })
    const schedule = { timezone: 'Asia/Tokyo' }
    const persona = personaOf({ model, schedule, budgets: { tokens_per_day: 10 } })
    const dawn = Date.parse('2026-03-02T15:00:00Z')
    expect(ledger.mayThink('ada', persona)).toEqual({ ok: true })
    ledger.spend('ada', cost(10))
    expect(ledger.mayThink('ada', persona)).toMatchObject({ ok: false, until: dawn })
    clock.now = dawn
    expect(ledger.mayThink('ada', persona)).toEqual({ ok: true })
    ledger.spend('bob', cost(90))
    expect(ledger.mayThink('ada', persona)).toMatchObject({ ok: false, until: MIDNIGHT })
  })
})

describe('actions an hour', () => {
  const persona = personaOf({ budgets: { actions_per_hour: 3 } })

  test('are never more than so many in any sixty minutes', () => {
    const { clock, ledger } = ledgerAt(NOON + 59_999)
    const acted: number[] = []
    for (let step = 0; step < 2_000; step++) {
      if (ledger.mayAct('ada', persona).ok) {
        ledger.acted('ada')
        acted.push(clock.now)
      }
      clock.now += 7_919
    }
    expect(acted.length).toBeGreaterThan(12)
    for (const [index, at] of acted.entries())
      expect((acted[index + 3] ?? Infinity) - at).toBeGreaterThanOrEqual(HOUR)
  })

  test('say when there is one more', () => {
    const { clock, ledger } = ledgerAt(NOON + 30_000)
    for (let count = 0; count < 3; count++) ledger.acted('ada')
    const verdict = ledger.mayAct('ada', persona)
    expect(verdict).toEqual({
      ok: false,
      reason: 'all 3 actions of budgets.actions_per_hour are used up',
      until: NOON + HOUR + 60_000,
    })
    clock.now = NOON + HOUR + 59_999
    expect(ledger.mayAct('ada', persona).ok).toBe(false)
    clock.now = NOON + HOUR + 60_000
    expect(ledger.mayAct('ada', persona)).toEqual({ ok: true })
  })
})

describe('what was spent', () => {
  const persona = personaOf({ model, budgets: { tokens_per_day: 10, actions_per_hour: 1 } })

  test('outlives the process', () => {
    const first = ledgerAt(NOON, { owner: { usdPerDay: 1 } })
    first.ledger.spend('ada', cost(10))
    first.ledger.acted('ada')
    first.ledger.spend('__proto__', cost(0, 1))
    const saved: unknown = JSON.parse(JSON.stringify(first.ledger.snapshot()))
    const second = ledgerAt(NOON + 1_000, { saved })
    expect(second.ledger.mayThink('ada', persona).ok).toBe(false)
    expect(second.ledger.mayAct('ada', persona).ok).toBe(false)
    expect(second.ledger.mayThink('__proto__', personaOf({ model, budgets: { usd_per_day: 1 } })).ok).toBe(
      false,
    )
    const third = ledgerAt(NOON + 1_000, { saved, owner: { usdPerDay: 1 } })
    expect(third.ledger.mayThink('new', personaOf({ model })).ok).toBe(false)
    const tomorrow = ledgerAt(MIDNIGHT, { saved, owner: { usdPerDay: 1 } })
    expect(tomorrow.ledger.mayThink('ada', persona)).toEqual({ ok: true })
    expect(tomorrow.ledger.snapshot().bots).toEqual({})
  })

  test('is kept for those only who spent something today', () => {
    const { clock, ledger } = ledgerAt(NOON)
    for (let bot = 0; bot < 10_000; bot++) ledger.mayThink(`bot_${bot}`, persona)
    ledger.spend('ada', cost(1))
    for (let minute = 0; minute < 200; minute++, clock.now += 60_000) ledger.acted('bob')
    const { bots } = ledger.snapshot()
    expect(Object.keys(bots).toSorted()).toEqual(['ada', 'bob'])
    expect(bots['bob']?.minutes.length).toBeLessThanOrEqual(61)
  })

  test.each([
    null,
    5,
    'x',
    [],
    { bots: 1 },
    { bots: { ada: { tokens: -1, usd: 'x', minutes: [5], timeZone: 'X/Y' } } },
  ])('and makes no sense (%j) counts as nothing', (saved) => {
    const { ledger } = ledgerAt(NOON, { saved })
    expect(ledger.mayThink('ada', persona)).toEqual({ ok: true })
    expect(ledger.mayAct('ada', persona)).toEqual({ ok: true })
    expect(ledger.snapshot().bots).toEqual({})
  })
})

test.each([
  ['UTC', '2026-03-02T12:34:56Z', '2026-03-02', '2026-03-03T00:00:00Z'],
  ['Asia/Kathmandu', '2026-03-02T18:14:59Z', '2026-03-02', '2026-03-02T18:15:00Z'],
  ['Europe/Berlin', '2026-03-28T23:30:00Z', '2026-03-29', '2026-03-29T22:00:00Z'],
  ['Europe/Berlin', '2026-10-24T22:30:00Z', '2026-10-25', '2026-10-25T23:00:00Z'],
  ['America/Sao_Paulo', '2026-03-02T02:59:59.999Z', '2026-03-01', '2026-03-02T03:00:00Z'],
])('the day of %s at %s is %s and ends at %s', (timeZone, now, name, end) => {
  expect(dayIn(timeZone, Date.parse(now))).toMatchObject({ name, endsAt: Date.parse(end) })
})
