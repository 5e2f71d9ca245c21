import { expect, test } from 'vitest'
import { figuresOf, missed, percentile, short, tableOf } from './table.ts'
import type { Row } from './table.ts'

const row: Row = {
  thing: 'CPU a frame',
  unit: 'µs',
  limit: 'bare',
  runs: [
    { value: 6, limit: 4, p99: 30 },
    { value: 9, limit: 3, p99: 10 },
    { value: 2, limit: 8, p99: 20 },
  ],
  aims: [
    { of: 'ratio', atMost: 1.5 },
    { of: 'p99', atMost: 19 },
  ],
}

test('a percentile is the smallest value that the share of all values does not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentile(hundred, 0.5)).toBe(50)
  expect(percentile(hundred, 0.99)).toBe(99)
  expect(percentile([7], 0.99)).toBe(7)
  expect(percentile([9, 1, 5], 0.5)).toBe(5)
  expect(percentile([], 0.5)).toBeNaN()
})

test('a figure is the median over the runs with its spread, and a ratio is taken within each run', () => {
  expect(figuresOf(row)).toEqual({
    value: { median: 6, least: 2, most: 9 },
    limit: { median: 4, least: 3, most: 8 },
    ratio: { median: 1.5, least: 0.25, most: 3 },
    p99: { median: 20, least: 10, most: 30 },
  })
})

test('a figure that a run lacks is not told', () => {
  expect(figuresOf({ thing: 'x', runs: [{ value: 1, p50: 1 }, { value: 2 }] })).toEqual({
    value: { median: 1, least: 1, most: 2 },
  })
  expect(figuresOf({ thing: 'x', runs: [] })).toEqual({})
})

test('an aim is missed above its bound, and where nothing was measured', () => {
  expect(missed(row)).toEqual([{ of: 'p99', atMost: 19 }])
  expect(missed({ ...row, runs: [] })).toHaveLength(2)
  expect(missed({ ...row, aims: [{ of: 'value', atMost: 6 }] })).toEqual([])
  expect(missed({ ...row, aims: [{ of: 'value', atLeast: 1e6 }] })).toHaveLength(1)
})

test('the table lines up and marks what was missed', () => {
  const lines = tableOf([row, { thing: 'memory', unit: 'KiB', runs: [{ value: 12.345 }] }]).split('\n')
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()))
  expect(cells[2]).toEqual([
    '',
    'CPU a frame',
    '6.00 µs (2.00–9.00)',
    'bare: 4.00 µs (3.00–8.00)',
    '1.50 (0.25–3.00)',
    '–',
    '20.0 (10.0–30.0)',
    '–',
    'ratio ≤ 1.5, p99 ≤ 19 ms MISSED',
    '',
  ])
  expect(cells[3]).toEqual(['', 'memory', '12.3 KiB', '–', '–', '–', '–', '–', '–', ''])
  expect(new Set(lines.slice(0, 4).map((line) => line.length)).size).toBe(1)
})

test('three digits are told', () => {
  expect([0.123, 1.005, 9.994, 9.996, 99.94, 99.96, 12_345.6].map(short)).toEqual([
    '0.12',
    '1.00',
    '9.99',
    '10.0',
    '99.9',
    '100',
    '12346',
  ])
})
