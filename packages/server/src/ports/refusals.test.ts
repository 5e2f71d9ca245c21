import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRefusals } from './refusals.ts'

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 1, 12, 0, 30) }))
afterEach(() => void vi.useRealTimers())

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)

test('refusals are forgotten after an hour, minute by minute', () => {
  const refusals = createRefusals()
  refusals.note('low', { bot: '7' })
  vi.advanceTimersByTime(60_000)
  refusals.note('low', { bot: '7' })
  refusals.note('global', { bot: '7' })
  expect(refusals.ofBot('7').slice(-3)).toEqual([0, 1, 2])
  expect(refusals.byMinute().at(-1)?.refused.get('global')).toBe(1)
  expect(refusals.byMinute().at(-1)?.at).toBe('2026-11-01T12:01:00.000Z')
  vi.advanceTimersByTime(58 * 60_000)
  expect(sum(refusals.ofBot('7'))).toBe(3)
  vi.advanceTimersByTime(60_000)
  expect(sum(refusals.ofBot('7'))).toBe(2)
  vi.advanceTimersByTime(60_000)
  refusals.note('low', {})
  expect(sum(refusals.ofBot('7'))).toBe(0)
  expect(refusals.most(10)).toEqual([])
})

test('those who were refused most come first, and crowds of addresses leave room for bots', () => {
  const refusals = createRefusals()
  for (let place = 0; place < 5_000; place++) refusals.note('address', { address: `10.0.0.${place}` })
  for (let time = 0; time < 3; time++) refusals.note('low', { bot: '7' })
  refusals.note('low', { address: '10.0.0.1' })
  const most = refusals.most(2_000)
  expect(most).toHaveLength(1_001)
  expect(most.slice(0, 2)).toEqual([
    { kind: 'bot', subject: '7', count: 3 },
    { kind: 'address', subject: '10.0.0.1', count: 2 },
  ])
  expect(refusals.byMinute().at(-1)?.refused.get('address')).toBe(5_000)
})
