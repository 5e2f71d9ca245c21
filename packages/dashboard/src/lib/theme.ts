/** `system` follows what the machine says. */
export type Theme = 'system' | 'dark' | 'light'

const KEY = 'clawdx.theme'
const prefersLight = matchMedia('(prefers-color-scheme: light)')

export function theme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'dark' || kept === 'light' ? kept : 'system'
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen)
  applyTheme()
}

/** Before anything is drawn, and whenever the machine changes its mind. */
export function applyTheme(): void {
  const chosen = theme()
  const isLight = chosen === 'light' || (chosen === 'system' && prefersLight.matches)
  document.documentElement.dataset['theme'] = isLight ? 'light' : 'dark'
}

prefersLight.addEventListener('change', applyTheme)
