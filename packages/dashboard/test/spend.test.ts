import type { Spend, Spent } from '@clawdxcraft/protocol'
import { expect, test } from 'vitest'
import { amountIn, forecastOf, rowsOf, seriesOf, sortedRows, viewIn } from '../src/features/spend/spend.ts'
import { refusalSeries } from '../src/features/limits/policies.ts'
import { fewSeries } from '../src/lib/series.ts'

const spent = (...costs: number[]): Spent => ({
  sum: {
    cost_usd: costs.reduce((sum, cost) => sum + cost, 0),
    tokens_in: costs.length,
    tokens_out: 0,
    runs: costs.length,
  },
  by_day: {
    cost_usd: costs,
    tokens_in: costs.map(() => 1),
    tokens_out: costs.map(() => 2),
    runs: costs.map(() => 1),
  },
})

const spendOf = (keys: Spend['keys'], rest = spent()): Spend => ({
  ...{ by: 'model', days: ['2026-11-01', '2026-11-02'], keys, rest },
  ...{ total: spent(8, 2), today: spent(2).sum, month: spent(8, 2).sum },
})

test('rows have their share of everything, and a name', () => {
  const spend = spendOf([
    { key: 'large', name: 'large', ...spent(4, 1) },
    { key: null, name: null, ...spent(2, 0) },
  ])
  expect(rowsOf(spend).map(({ name, share }) => [name, share])).toEqual([
    ['large', 0.5],
    ['no model', 0.2],
  ])
  const withRest = rowsOf({ ...spend, rest: spent(1, 2) })
  expect(sortedRows(withRest, 'name', 'asc').map(({ name }) => name)).toEqual([
    'All others',
    'large',
    'no model',
  ])
  expect(sortedRows(withRest, 'cost_usd', 'desc').map(({ cost_usd }) => cost_usd)).toEqual([5, 3, 2])
})

test('a chart has six series at most, the last of them all others', () => {
  const all = Array.from({ length: 9 }, (_, index) => ({ name: `n${index}`, values: [index, 1] }))
  const few = fewSeries(all)
  expect(few.map(({ name }) => name)).toEqual(['n8', 'n7', 'n6', 'n5', 'n4', 'all others'])
  expect(few.at(-1)?.values).toEqual([0 + 1 + 2 + 3, 4])
  expect(fewSeries(all.slice(0, 3)).map(({ name }) => name)).toEqual(['n2', 'n1', 'n0'])
  expect(fewSeries([{ name: 'none', values: [0, 0] }])).toEqual([])
})

test('days are measured in dollars, tokens or runs', () => {
  const spend = spendOf([{ key: 'm', name: 'm', ...spent(4, 1) }])
  expect(seriesOf(spend, 'cost')).toEqual([{ name: 'm', values: [4, 1] }])
  expect(seriesOf(spend, 'tokens')).toEqual([{ name: 'm', values: [3, 3] }])
  expect(seriesOf(spend, 'runs')).toEqual([{ name: 'm', values: [1, 1] }])
})

test('a month is foretold from its days so far', () => {
  const at = (time: string) => Date.parse(time)
  expect(forecastOf(10, at('2026-11-11T00:00:00Z'))).toEqual({ usd: 30, daysPassed: 10, daysInMonth: 30 })
  expect(forecastOf(10, at('2026-11-01T23:00:00Z'))).toBeUndefined()
  expect(forecastOf(0, at('2026-12-31T12:00:00Z'))).toEqual({ usd: 0, daysPassed: 30.5, daysInMonth: 31 })
})

test.each([
  ['2.50', 2.5],
  [' 0 ', 0],
  ['1000000', 1_000_000],
  ['1000001', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['', undefined],
  ['two', undefined],
])('a budget of %j', (text, amount) => expect(amountIn(text)).toBe(amount))

test('what the address asks for is checked', () => {
  expect(viewIn({})).toEqual({ by: 'bot', days: '30', measure: 'cost' })
  expect(viewIn({ by: 'x', days: '31', of: 'y' })).toEqual(viewIn({}))
  expect(viewIn({ by: 'model', days: '7', of: 'runs' })).toEqual({ by: 'model', days: '7', measure: 'runs' })
})

test('refusals are told by limit, without those that refused nothing', () => {
  const none = { low: 0, medium: 0, high: 0, address: 0, global: 0, human: 0, login: 0 }
  const minutes = [
    { at: '', refused: { ...none, low: 1 } },
    { at: '', refused: { ...none, login: 5 } },
  ]
  expect(refusalSeries({ minutes })).toEqual([
    { name: 'login', values: [0, 5] },
    { name: 'low', values: [1, 0] },
  ])
})
