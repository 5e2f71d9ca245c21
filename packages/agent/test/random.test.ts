import { expect, test } from 'vitest'
import { createRandom } from '../src/random.ts'

function numbers(seed: string): number[] {
  const random = createRandom(seed)
  return Array.from({ length: 1000 }, () => random.next())
}

test('the same seed gives the same numbers, another seed others', () => {
  expect(numbers('1')).toEqual(numbers('1'))
  expect(numbers('1')).not.toEqual(numbers('2'))
})

test('numbers of neighbouring seeds are spread evenly and do not follow each other', () => {
  for (const seed of ['1/a', '1/b', '2/a']) {
    const all = numbers(seed)
    const mean = all.reduce((sum, each) => sum + each, 0) / all.length
    expect(mean).toBeGreaterThan(0.45)
    expect(mean).toBeLessThan(0.55)
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...all)).toBeLessThan(1)
  }
  expect(new Set([...numbers('1/a'), ...numbers('1/b')]).size).toBe(2000)
})

test('a weight of 0 is never drawn, and nothing where all are 0', () => {
  const random = createRandom('weights')
  const drawn = Array.from({ length: 500 }, () =>
    random.weighted([
      ['never', 0],
      ['often', 9],
      ['rarely', 1],
    ] as const),
  )
  expect(new Set(drawn)).toEqual(new Set(['often', 'rarely']))
  expect(drawn.filter((each) => each === 'often').length).toBeGreaterThan(400)
  expect(random.weighted([['never', 0]] as const)).toBeUndefined()
})

test('a shuffle keeps every item', () => {
  const items = Array.from({ length: 50 }, (_, index) => index)
  const shuffled = createRandom('cards').shuffle(items)
  expect(shuffled).not.toEqual(items)
  expect(shuffled.toSorted((one, other) => one - other)).toEqual(items)
})
