import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

/** Goes through 50,000 rows at a thousand a second, in pages of 500. */
function walk(isTTY: boolean, rows = 50_000): string[] {
  const written: string[] = []
  let ms = 0
  const progress = createProgress({ isTTY, write: (text) => written.push(text) }, () => ms)
  for (let done = 500; done <= rows; done += 500) {
    ms = done
    progress.at(BigInt(done), BigInt(rows))
  }
  progress.end()
  return written
}

test('what takes less than two seconds says nothing', () => {
  expect(walk(false, 1_500)).toEqual([])
  expect(walk(true, 1_500)).toEqual([])
})

test('in a log every tenth is a line', () => {
  const written = walk(false)
  expect(written).toHaveLength(10)
  expect(written[0]).toBe('10 % of 50,000 rows, 1,000 a second, 45 s left\n')
  expect(written[9]).toBe('100 % of 50,000 rows, 1,000 a second, 0 s left\n')
})

test('in a terminal a bar is drawn in one line, which is empty in the end', () => {
  const written = walk(true)
  expect(written).toContain('\r[##########..........] 50 % of 50,000 rows, 1,000 a second, 25 s left\u001B[K')
  expect(written.every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true)
  expect(written.at(-1)).toBe('\r\u001B[K')
})
