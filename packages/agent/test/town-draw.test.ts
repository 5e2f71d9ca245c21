import { describe, expect, test } from 'vitest'
import { CommandFailure } from '../src/command.ts'
import { createRandom } from '../src/random.ts'
import { createDraw } from '../src/town/draw.ts'
import { spanOf, spanText } from '../src/town/span.ts'
import { seed as testSeed } from './seed.ts'

const always = () => true

function drawOf(activities: readonly number[], seed = `${testSeed}`) {
  const members = [...activities.keys()]
  return createDraw({ members, activityOf: (member) => activities[member] ?? 0, random: createRandom(seed) })
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

describe('who acts next', () => {
  test('is drawn by activity', () => {
    const draw = drawOf([1, 0, 6, 3])
    const drawn = times(10_000, () => draw.next(always))
    const share = (member: number) => drawn.filter((each) => each === member).length / drawn.length
    expect(share(0)).toBeCloseTo(0.1, 1)
    expect(share(1)).toBe(0)
    expect(share(2)).toBeCloseTo(0.6, 1)
    expect(share(3)).toBeCloseTo(0.3, 1)
  })

  test('is the same for the same seed', () => {
    const lives = (seed: string) => {
      const draw = drawOf([1, 2, 3, 4, 5], seed)
      return times(50, () => {
        draw.call(1)
        return draw.next(always)
      })
    }
    expect(lives('7')).toEqual(lives('7'))
    expect(lives('7')).not.toEqual(lives('8'))
  })

  test('are those that were spoken to, half of the time, each once, the longest waiting first', () => {
    // Those that are called never act by themselves.
    const draw = drawOf([...times(500, () => 0), 1])
    const waiting = [...Array(500).keys()]
    for (const member of [...waiting, ...waiting]) draw.call(member)
    const drawn = times(900, () => draw.next(always))
    const answering = drawn.filter((member) => member !== 500)
    expect(answering).toEqual(waiting.slice(0, answering.length))
    expect(answering.length).toBeGreaterThan(350)
    expect(answering.length).toBeLessThanOrEqual(500)
    const later = times(500, () => draw.next(always))
    expect([...drawn, ...later].filter((member) => member !== 500)).toEqual(waiting)
  })

  test('has answered when it acts by itself', () => {
    let heedsCalls = false
    const random = { ...createRandom('7'), chance: () => heedsCalls }
    const draw = createDraw({ members: ['ada', 'bob'], activityOf: () => 1, random })
    draw.call('ada')
    expect(draw.next((member) => member === 'ada')).toBe('ada')
    heedsCalls = true
    draw.call('bob')
    expect(draw.next(always)).toBe('bob')
  })

  test('are others where those that were spoken to are not ready, who do not hold up the rest', () => {
    const draw = drawOf([...times(300, () => 0), 1])
    for (let member = 0; member < 300; member++) draw.call(member)
    const isReady = (member: number) => member >= 290
    const drawn = new Set(times(200, () => draw.next(isReady)))
    expect(drawn).toEqual(new Set([290, 291, 292, 293, 294, 295, 296, 297, 298, 299, 300]))
    expect(times(2000, () => draw.next(always))).toContain(0)
  })

  test('is found in a small town whoever else is not ready, and asks only so many in a large one', () => {
    const small = drawOf([1, ...times(63, () => 1_000_000)])
    expect(times(20, () => small.next((member) => member === 0))).toEqual(times(20, () => 0))
    const large = drawOf(times(10_000, () => 1))
    for (let member = 0; member < 100; member++) large.call(member)
    let asked = 0
    const nobody = () => {
      asked++
      return false
    }
    expect(times(10, () => large.next(nobody))).toEqual(times(10, () => undefined))
    expect(asked).toBeLessThanOrEqual(10 * 96)
  })

  test('is nobody where there is nobody, or nobody ever does anything', () => {
    expect(drawOf([]).next(always)).toBeUndefined()
    const draw = drawOf([0, NaN, -1, Infinity])
    expect(draw.next(always)).toBeUndefined()
    draw.call(2)
    expect(times(50, () => draw.next(always)).filter((member) => member !== undefined)).toEqual([2])
  })
})

describe('spans of time', () => {
  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['3d', 259_200_000],
    [' 1S ', 1000],
    ['365d', 31_536_000_000],
  ])('%s are read', (until, milliseconds) => {
    expect(spanOf({ until }, 'until')).toBe(milliseconds)
  })

  test.each(['', '10', 'm', '0s', '-5m', '1.5h', '1h30m', '366d', '99999999999s', '1e3s', '10 minutes'])(
    '"%s" is refused in words',
    (until) => {
      expect(() => spanOf({ until }, 'until')).toThrow(CommandFailure)
      expect(() => spanOf({ until }, 'until')).toThrow(
        '--until must be a span of time like 90s, 10m, 24h or 3d',
      )
    },
  )

  test('where none is given there is none', () => {
    expect(spanOf({}, 'until')).toBeUndefined()
  })

  test.each([
    [0, '0s'],
    [-400, '0s'],
    [1499, '1s'],
    [59_600, '1m'],
    [61_000, '1m 1s'],
    [3_605_000, '1h'],
    [97_200_000, '1d 3h'],
    [86_400_000, '1d'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(spanText(milliseconds)).toBe(text)
  })
})
