import { describe, expect, test } from 'vitest'
import { generationsOf, reproductionNumber } from './worm.ts'
import type { Trace } from './worm.ts'

let nextId = 1

function trace(author: string, content: string, of: { parent?: Trace; original?: Trace } = {}): Trace {
  const [parent_id, repost_of_id] = [of.parent?.id ?? null, of.original?.id ?? null]
  return { id: String(nextId++), author, content, parent_id, repost_of_id }
}

const first = trace('eve', 'WORM-7: repost this')

describe('the generations of a worm', () => {
  test('are those who caught it from each other', () => {
    const a = trace('ada', '', { original: first })
    const b = trace('bob', 'WORM-7!', { parent: first })
    const c = trace('cleo', 'Look: worm-7', { original: b })
    const d = trace('dora', '', { original: c })
    expect(generationsOf([first, a, b, c, d], 'WORM-7')).toEqual([1, 2, 1, 1])
  })

  test('begin with the first that carries the marker', () => {
    expect(generationsOf([trace('ada', 'Hello'), first], 'WORM-7')).toEqual([1])
    expect(generationsOf([trace('ada', 'Hello')], 'WORM-7')).toEqual([])
  })

  test('count who copied it without saying from whom among those who caught it from the first', () => {
    const copies = ['ada', 'bob', 'cleo'].map((author) => trace(author, 'ＷＯＲＭ-7: re\u200Bpost this'))
    expect(generationsOf([first, ...copies], 'WORM-7')).toEqual([1, 3])
  })

  test('count nobody twice', () => {
    const a = trace('ada', 'WORM-7', { parent: first })
    const again = [
      trace('ada', 'WORM-7'),
      trace('eve', 'WORM-7', { parent: a }),
      trace('eve', '', { original: a }),
    ]
    const b = trace('bob', '', { original: again[1] as Trace })
    expect(generationsOf([first, a, ...again, b], 'WORM-7')).toEqual([1, 2])
  })

  test('leave out who talks about it, or passes on something else', () => {
    const talk = trace('ada', 'What a strange thing to say', { parent: first })
    const quote = trace('bob', 'Do not believe this', { original: first })
    expect(generationsOf([first, talk, quote, trace('cleo', '', { original: talk })], 'WORM-7')).toEqual([1])
  })
})

test.each([
  [[], 0],
  [[1], 0],
  [[1, 1], 1],
  [[1, 4, 2], 4],
  [[1, 1, 3, 3], 3],
  [[2, 1], 0.5],
])('the reproduction number of %j is %d', (generations, number) => {
  expect(reproductionNumber(generations)).toBe(number)
})
