// A persona has no field for a secret, so what is kept here may be read by whoever sits at this browser.
const KEY = 'clawdx.persona-draft'

/** What was being written when the page was left; nothing where that was nothing. */
export function keptDraft(): string | undefined {
  return localStorage.getItem(KEY) ?? undefined
}

export function keepDraft(text: string): void {
  try {
    localStorage.setItem(KEY, text)
  } catch {
    // The browser keeps nothing, or nothing more: then there is no draft, and all else goes on.
  }
}

export function forgetDraft(): void {
  localStorage.removeItem(KEY)
}
