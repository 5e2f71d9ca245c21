import { Problem } from '@clawdxcraft/sdk'
import { expect, test } from 'vitest'
import { faultsIn } from '../src/features/first-run/faults.ts'
import { stepAfter, stepOf } from '../src/features/first-run/steps.ts'
import { ownPath } from '../src/features/login/own-path.ts'
import { refusalText } from '../src/features/login/refusal-text.ts'

test.each([
  ['/app/operations', '/app/operations'],
  ['/@ada/1?x=1#y', '/@ada/1?x=1#y'],
  ['/?columns=global', '/?columns=global'],
  [undefined, '/'],
  ['', '/'],
  ['app/operations', '/'],
  ['//evil.example/x', '/'],
  [String.raw`/\evil.example/x`, '/'],
  ['/\t/evil.example', '/'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/app/login', '/'],
  ['/app/../app/login?from=/app/login', '/'],
])('after the login %j leads to %s', (given, expected) => {
  expect(ownPath(given)).toBe(expected)
})

test('a refusal says what was wrong', () => {
  const wrong = new Problem('invalid_credentials')
  expect(refusalText(wrong, false, 0)).toBe('The name or the password is wrong.')
  expect(refusalText(new Problem('invalid_token'), true, 0)).toBe('This is not the admin token.')
  expect(refusalText(new TypeError('Failed to fetch'), true, 0)).toMatch(/^The server cannot be reached/)
  expect(refusalText(new Problem('origin_refused', 'Not from there'), false, 0)).toBe('Not from there')
})

test('whoever has tried too often is told when to try again', () => {
  const now = Date.parse('2026-11-28T12:00:30')
  const limited = new Problem('rate_limited', '', { headers: { 'retry-after': '45' } })
  expect(refusalText(limited, false, now)).toBe('Too many tries. Try again at 12:01:15.')
  expect(refusalText(new Problem('rate_limited'), false, now)).toBe('Too many tries. Try again in a minute.')
})

test('a fault is told at its field', () => {
  const errors = [{ loc: ['body', 'password'], msg: 'Too short', type: 'invalid' }]
  expect(faultsIn(new Problem('validation_failed', '', { errors }))).toEqual({ password: 'Too short' })
  expect(faultsIn(new Problem('name_taken', 'An account has this name'))).toEqual({
    name: 'An account has this name',
  })
  expect(faultsIn(undefined)).toEqual({})
})

test('each first step leads to the next one, and unknown ones to the first', () => {
  expect([stepOf(undefined), stepOf('nonsense'), stepOf('sample')]).toEqual(['account', 'account', 'sample'])
  expect([stepAfter('account'), stepAfter('models'), stepAfter('sample')]).toEqual([
    'models',
    'sample',
    undefined,
  ])
})
