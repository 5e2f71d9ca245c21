import { Problem } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { faultOf, otherFault } from '../src/features/settings/faults.ts'
import { keysShown, lastRunOf, testText } from '../src/features/settings/model-words.ts'
import { sectionIn, sectionsFor } from '../src/features/settings/sections.ts'
import { stampText } from '../src/lib/time.ts'

describe('sections', () => {
  test('are those that somebody may read', () => {
    const names = (role: 'admin' | 'viewer' | undefined) => sectionsFor(role).map(([name]) => name)
    expect(names('admin')).toEqual(['appearance', 'people', 'network', 'models', 'backup'])
    expect(names('viewer')).toEqual(['appearance', 'people', 'network', 'models'])
    expect(names(undefined)).toEqual(['appearance'])
  })

  test.each([
    ['models', 'viewer', 'models'],
    ['backup', 'viewer', 'appearance'],
    ['people', undefined, 'appearance'],
    ['nonsense', 'admin', 'appearance'],
    [undefined, 'admin', 'appearance'],
  ] as const)('%s asked for by %s is %s', (tab, role, section) => {
    expect(sectionIn(tab, role)).toBe(section)
  })
})

describe('faults', () => {
  const errors = [{ loc: ['body', 'name'], msg: 'Too short', type: 'too_small' }]
  const refused = new Problem('validation_failed', 'body.name: Too short', { errors })

  test('stand at their field, or below the form', () => {
    expect(faultOf(refused, 'name')).toBe('Too short')
    expect(faultOf(refused, 'role')).toBeUndefined()
    expect(otherFault(refused, ['name'])).toBeUndefined()
    expect(otherFault(refused, ['role'])).toBe('body.name: Too short')
    expect(otherFault(new Error('No network'), ['name'])).toBe('No network')
    expect(otherFault(null, [])).toBeUndefined()
  })
})

describe('models', () => {
  const state = { model: 'ollama/x', bots: 1, runs_24h: 0, failed_24h: 0 }

  test('have the keys that everybody knows, and those that are set', () => {
    expect(keysShown(['BOX_API_KEY', 'OPENAI_API_KEY'])).toEqual([
      { name: 'ANTHROPIC_API_KEY', isSet: false },
      { name: 'BOX_API_KEY', isSet: true },
      { name: 'OPENAI_API_KEY', isSet: true },
    ])
  })

  test('have a last run, good or not', () => {
    const times = (last_ok_at: string | null, last_failed_at: string | null) =>
      lastRunOf({ ...state, last_ok_at, last_failed_at, last_error: last_failed_at && 'No route' })
    const [early, late] = ['2026-03-02T09:00:00.000Z', '2026-03-02T10:00:00.000Z']
    expect(times(null, null)).toBeUndefined()
    expect(times(late, early)).toEqual({ isOk: true, at: late, error: 'No route' })
    expect(times(early, late)).toEqual({ isOk: false, at: late, error: 'No route' })
    expect(times(early, null)).toEqual({ isOk: true, at: early, error: '' })
  })

  test('say how a test went', () => {
    const answered = { ok: true, ms: 840, tokens_in: 1_200, tokens_out: 12, cost_usd: 0.001, fault: null }
    expect(testText(answered).text).toBe('Answered in 840 ms · 1,200 + 12 tokens · $0.001')
    expect(testText({ ...answered, cost_usd: null }).text).toContain('price unknown')
    expect(testText({ ...answered, ok: false, fault: 'No key' })).toEqual({ text: 'No key', isGood: false })
    expect(testText(new Error('Another model is being asked')).isGood).toBe(false)
    expect(testText(undefined).text).toBe('')
  })
})

test('an absolute time is as short as the day allows', () => {
  const now = new Date(2026, 2, 3, 14, 0).getTime()
  expect(stampText(new Date(2026, 2, 3, 9, 5).getTime(), now)).toBe('09:05')
  expect(stampText(new Date(2026, 2, 2, 23, 59).getTime(), now)).toBe('Mar 2, 23:59')
  expect(stampText(new Date(2025, 11, 31, 12, 0).getTime(), now)).toBe('Dec 31, 2025')
})
