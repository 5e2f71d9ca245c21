import { useState } from 'react'

/** What somebody writes before it counts. It begins anew whenever what counts is another. */
export function useDraft(value: string): readonly [string, (draft: string) => void] {
  const [{ draft, of }, set] = useState({ draft: value, of: value })
  if (of !== value) set({ draft: value, of: value })
  return [of === value ? draft : value, (next) => set({ draft: next, of: value })]
}
