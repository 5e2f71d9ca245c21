import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createFigures } from '../src/town/figures.ts'
import type { Figures } from '../src/town/figures.ts'
import { createProgress } from '../src/town/progress.ts'

interface Staging {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly isPlain?: boolean
}

function stage({ isTTY = true, columns = 200, isPlain = true }: Staging = {}) {
  const written: string[] = []
  const terminal = { isTTY, columns, write: (text: string) => written.push(text) }
  let ms = 0
  const progress = createProgress({ terminal, now: () => ms, isPlain })
  return { progress, written, terminal, pass: (milliseconds: number) => (ms += milliseconds) }
}

const NONE = createFigures({ now: () => 0 }).read()

function figures(given: Partial<Figures>): Figures {
  return { ...NONE, ...given }
}

/** A minute with twenty actions a second; told of each. */
function live(staging: Staging, hasEnd: boolean) {
  const { progress, written, pass } = stage(staging)
  let reads = 0
  for (let actions = 1; actions <= 1200; actions++) {
    pass(50)
    progress.living(
      () => {
        reads++
        return figures({ actions, actionsPerSecond: 20, elapsedMs: actions * 50, costUsd: 0.5 })
      },
      hasEnd ? actions / 1200 : undefined,
    )
  }
  progress.end()
  return { written, reads }
}

describe('on a terminal', () => {
  test('one line is drawn anew, five times a second at most, and ends with the last state and a newline', () => {
    const { written, reads } = live({}, true)
    expect(written.length).toBeLessThanOrEqual(302)
    expect(written.length).toBeGreaterThan(290)
    expect(reads).toBeLessThanOrEqual(301)
    const tail = 'deep 0.0 both 0% dup 0% $0.5000\u001B[K'
    expect(written).toContain(`\r[##......] living 25% 301 acts 20.0/s 45s left ${tail}`)
    expect(written.at(-2)).toBe(`\r[########] living 100% 1200 acts 20.0/s 0s left ${tail}`)
    expect(written.at(-1)).toBe('\n')
    expect(written.slice(0, -1).filter((text) => text.includes('\n') || !text.startsWith('\r'))).toEqual([])
  })

  test('tells how long is left where an end is known, else how long it has lived', () => {
    const half = { elapsedMs: 60_000, actions: 1000, actionsPerSecond: 50 }
    const last = (part: number | undefined) => {
      const { progress, written } = stage()
      progress.living(() => figures(half), part)
      return written.at(-1)
    }
    expect(last(0.5)).toMatch(/living 50% .* 1m left/)
    expect(last(2)).toMatch(/living 100% .* 0s left/)
    expect(last(0)).toMatch(/living 0% 1000 acts 50.0\/s deep/)
    expect(last(undefined)).toMatch(/^\rliving 1000 acts 50.0\/s 1m /)
  })

  test('a line is as long as the terminal is wide, also after that changed', () => {
    const { progress, written, terminal, pass } = stage({ columns: 30, isPlain: false })
    const show = () => {
      pass(200)
      progress.living(() => figures({ elapsedMs: 50 }), 0.5)
      return written.at(-1)
    }
    expect(show()).toBe('\r\u001B[32m[####\u001B[39m....] living 50% 0 acts \u001B[K')
    terminal.columns = 12
    expect(show()).toBe('\r\u001B[32m[####\u001B[39m....] \u001B[K')
    terminal.columns = 0
    expect(stripVTControlCharacters(show() ?? '').length).toBeLessThanOrEqual(80)
  })

  test('all figures of a large town fit into eighty columns', () => {
    const { progress, written } = stage({ columns: 80, isPlain: true })
    const large = {
      actions: 123_456,
      actionsPerSecond: 211.4,
      elapsedMs: 5e6,
      reciprocity: 0.45,
      duplicates: 0.03,
    }
    progress.living(() => figures({ ...large, costUsd: 0 }), 0.42)
    expect(written.at(-1)).toMatch(/ deep 0\.0 both 45% dup 3% \$0\.00/)
  })

  test('no colours where none are wanted', () => {
    const { written } = live({ isPlain: true }, true)
    expect(written.join('').replaceAll('\u001B[K', '')).not.toContain('\u001B')
  })

  test('steps stand above one another, each complete', () => {
    const { progress, written, pass } = stage()
    for (let done = 0; done <= 500; done++) {
      progress.stage('registering', done, 500)
      pass(10)
    }
    for (let done = 1; done <= 3; done++) progress.stage('following', done, 6)
    progress.end()
    progress.end()
    const screen = written
      .join('')
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\r') + 1).replace('\u001B[K', ''))
    expect(screen).toEqual([
      '[########] registering 100% 500/500 0s left',
      '[####....] following 50% 3/6 0s left',
      '',
    ])
    expect(written).toContain('\r[##......] registering 24% 120/500 4s left\u001B[K')
  })

  test('lines of others do not run into the bar', () => {
    const { progress, written } = stage()
    progress.log('before')
    progress.stage('registering', 1, 2)
    progress.log('agent: ada was refused')
    const bar = '\r[####....] registering 50% 1/2 0s left\u001B[K'
    expect(written).toEqual(['before\n', bar, '\r\u001B[Kagent: ada was refused\n', bar])
  })
})

describe('in a log', () => {
  test('each tenth is a line where an end is known', () => {
    const { written } = live({ isTTY: false }, true)
    expect(written).toHaveLength(10)
    expect(written[0]).toBe('living 10% 121 acts 20.0/s 54s left deep 0.0 both 0% dup 0% $0.5000\n')
    expect(written[9]).toMatch(/^living 100% 1200 acts/)
  })

  test('each half minute is a line where none is, and the end', () => {
    const { written } = live({ isTTY: false }, false)
    expect(written.map((line) => line.split(' ').slice(0, 5).join(' '))).toEqual([
      'living 601 acts 20.0/s 30s',
      'living 1200 acts 20.0/s 1m',
    ])
  })

  test('lines hold nothing but text', () => {
    const { progress, written, pass } = stage({ isTTY: false, isPlain: false, columns: 10 })
    for (let done = 0; done <= 50; done++) {
      progress.stage('registering', done, 50)
      pass(100)
    }
    progress.log('agent: ada was refused')
    progress.end()
    expect(written).toHaveLength(11)
    expect(written[4]).toBe('registering 52% 26/50 2s left\n')
    expect(written.join('')).not.toContain('\r')
    expect(written.join('')).not.toContain('\u001B')
  })
})

test('whoever read it may be gone', () => {
  let writes = 0
  const terminal = {
    isTTY: true,
    write() {
      writes++
      throw new Error('EPIPE')
    },
  }
  let ms = 0
  const progress = createProgress({ terminal, now: () => (ms += 1000) })
  progress.stage('registering', 1, 2)
  progress.living(() => NONE, undefined)
  progress.log('line')
  progress.end()
  expect(writes).toBe(1)
})

test('what was told nothing says nothing', () => {
  const { progress, written } = stage()
  progress.end()
  expect(written).toEqual([])
})
