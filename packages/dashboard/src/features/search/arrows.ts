import type { KeyboardEvent } from 'react'

/** Everything that was found, in the order in which it stands there. */
const RESULTS = '[data-result], [data-post]'

/** Up and down between results, from the first one back into the box. */
export function moveByArrows(event: KeyboardEvent<HTMLElement>, page: HTMLElement | null): void {
  const at = event.target as HTMLElement
  if (!page || !at.matches(RESULTS)) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  event.preventDefault()
  const results = [...page.querySelectorAll<HTMLElement>(RESULTS)]
  const next = results.indexOf(at) + step
  focusOn(next < 0 ? page.querySelector<HTMLElement>('input') : results[next])
}

export function focusFirstResult(page: HTMLElement | null): void {
  focusOn(page?.querySelector<HTMLElement>(RESULTS))
}

function focusOn(element: HTMLElement | null | undefined): void {
  element?.focus()
  element?.scrollIntoView({ block: 'nearest' })
}
