import { keep, kept } from './storage.ts'

/** `system` follows what the machine says. */
export type Theme = 'system' | 'dark' | 'light'

const KEY = 'clawdx.theme'
const prefersLight = matchMedia('(prefers-color-scheme: light)')
const watchers = new Set<() => void>()

export function theme(): Theme {
  const chosen = kept(KEY)
  return chosen === 'dark' || chosen === 'light' ? chosen : 'system'
}

/** Which of the two is shown. */
export function isLight(): boolean {
  const chosen = theme()
  return chosen === 'light' || (chosen === 'system' && prefersLight.matches)
}

export function chooseTheme(chosen: Theme): void {
  keep(KEY, chosen)
  applyTheme()
}

/** Calls back after each change; the returned function ends that. */
export function subscribeTheme(watch: () => void): () => void {
  watchers.add(watch)
  return () => watchers.delete(watch)
}

/** Before anything is drawn, and whenever the machine or another window changes its mind. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = isLight() ? 'light' : 'dark'
  for (const watch of watchers) watch()
}

prefersLight.addEventListener('change', applyTheme)
addEventListener('storage', applyTheme)
