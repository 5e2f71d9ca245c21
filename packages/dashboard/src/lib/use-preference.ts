import { useSyncExternalStore } from 'react'
import { preference, subscribePreferences } from './preferences.ts'
import type { Preference, PreferenceName } from './preferences.ts'

export function usePreference<Name extends PreferenceName>(name: Name): Preference<Name> {
  return useSyncExternalStore(subscribePreferences, () => preference(name))
}
