import { useEffect, useRef } from 'react'
import { shortcutsOn } from './preferences.ts'

/** A key, or two of them one after the other, that does something while a page is open. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it; two have a space between them: `g d`. */
  readonly keys: string
  /** What it does, as the help says it. */
  readonly text: string
  readonly run: () => void
}

/** The second key of a pair has to come so soon. */
const PAIR_MS = 1_000

const held = new Set<readonly Shortcut[]>()
let first: { readonly key: string; readonly at: number } | undefined

/** What can be pressed now; what was added last counts first. */
export function activeShortcuts(): Shortcut[] {
  return [...held].toReversed().flat()
}

/** Listens to these keys for as long as the component is there. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  const names = shortcuts.map(({ keys, text }) => `${keys} ${text}`).join('\n')
  useEffect(() => {
    const lasting = latest.current.map(({ keys, text }) => ({
      keys,
      text,
      run: () => latest.current.find((each) => each.keys === keys)?.run(),
    }))
    held.add(lasting)
    return () => {
      held.delete(lasting)
    }
    // What the keys do is always that of the latest; which there are changes with who has logged in.
  }, [names])
}

/** Hears all keys of the page; the returned function ends that. */
export function listenToKeys(): () => void {
  addEventListener('keydown', hear)
  return () => removeEventListener('keydown', hear)
}

function hear(event: KeyboardEvent): void {
  if (!isForUs(event)) return
  const pair = first && event.timeStamp - first.at < PAIR_MS ? `${first.key} ${event.key}` : undefined
  const shortcuts = activeShortcuts()
  const found =
    shortcuts.find(({ keys }) => keys === pair) ?? shortcuts.find(({ keys }) => keys === event.key)
  first = found ? undefined : { key: event.key, at: event.timeStamp }
  if (!found) return
  event.preventDefault()
  found.run()
}

function isForUs(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  const isCovered = document.querySelector('dialog[open], :popover-open') !== null
  return shortcutsOn() && !isWriting(event) && !isCovered
}

/** Where keys are letters. */
function isWriting(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}
