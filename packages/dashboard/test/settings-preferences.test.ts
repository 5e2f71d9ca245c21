import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const kept = new Map<string, string>()
const dataset: Record<string, string> = {}
const listeners: (() => void)[] = []

beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  })
  vi.stubGlobal('document', { documentElement: { dataset } })
  vi.stubGlobal('addEventListener', (_name: string, listener: () => void) => listeners.push(listener))
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

test('what was chosen is kept, applied and told, and what nobody can choose is the usual', async () => {
  const { applyDensity, choosePreference, preference, shortcutsOn, subscribePreferences } =
    await import('../src/lib/preferences.ts')
  applyDensity()
  expect([preference('density'), preference('time'), shortcutsOn(), dataset['density']]).toEqual([
    'comfortable',
    'relative',
    true,
    'comfortable',
  ])
  const heard = vi.fn()
  const end = subscribePreferences(heard)
  choosePreference('density', 'compact')
  choosePreference('shortcuts', 'off')
  expect([dataset['density'], shortcutsOn(), heard.mock.calls.length]).toEqual(['compact', false, 2])
  expect(Object.fromEntries(kept)).toEqual({ 'clawdx.density': 'compact', 'clawdx.shortcuts': 'off' })

  // As another window does.
  kept.set('clawdx.density', 'nonsense')
  for (const listener of listeners) listener()
  expect([preference('density'), dataset['density'], heard.mock.calls.length]).toEqual([
    'comfortable',
    'comfortable',
    3,
  ])
  end()
  choosePreference('time', 'absolute')
  expect(heard).toHaveBeenCalledTimes(3)
})
