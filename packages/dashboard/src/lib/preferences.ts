import { keep, kept } from './storage.ts'

/** What somebody has chosen for this browser, with what holds where nothing was chosen first. */
const PREFERENCES = {
  density: ['comfortable', 'compact'],
  shortcuts: ['on', 'off'],
  time: ['relative', 'absolute'],
} as const

export type PreferenceName = keyof typeof PREFERENCES
export type Preference<Name extends PreferenceName> = (typeof PREFERENCES)[Name][number]

const keyOf = (name: PreferenceName) => `clawdx.${name}`
const watchers = new Set<() => void>()

/** What was chosen; the usual where that is nothing that can be chosen. */
export function preference<Name extends PreferenceName>(name: Name): Preference<Name> {
  const chosen = kept(keyOf(name))
  const values: readonly Preference<Name>[] = PREFERENCES[name]
  return values.find((value) => value === chosen) ?? (PREFERENCES[name][0] as Preference<Name>)
}

export function choosePreference<Name extends PreferenceName>(name: Name, value: Preference<Name>): void {
  keep(keyOf(name), value)
  tell()
}

/** Calls back after each choice, in other windows too; the returned function ends that. */
export function subscribePreferences(watch: () => void): () => void {
  watchers.add(watch)
  return () => watchers.delete(watch)
}

/** Whether single keys do something. */
export function shortcutsOn(): boolean {
  return preference('shortcuts') === 'on'
}

/** Before anything is drawn, and after each choice. */
export function applyDensity(): void {
  document.documentElement.dataset['density'] = preference('density')
}

function tell(): void {
  applyDensity()
  for (const watch of watchers) watch()
}

addEventListener('storage', tell)
