/** What this browser has kept under a name; nothing where it keeps nothing for us. */
export function kept(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

/** Keeps a text for the next visit. A browser that is full, or is told to keep nothing, goes on without. */
export function keep(name: string, text: string): void {
  try {
    localStorage.setItem(name, text)
  } catch {}
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(name)
  } catch {}
}
