import { faultText } from './fault-text.ts'

/** Something that was done or went wrong, said for a while in the corner of the page. */
export interface Toast {
  readonly id: number
  readonly text: string
  readonly isFault: boolean
  /** Takes back what was done; it is offered for as long as the toast is there. */
  readonly undo: (() => void) | undefined
}

const SHOWN_MS = 8_000
const TOASTS_MAX = 3

let toasts: readonly Toast[] = []
let made = 0
const watchers = new Set<() => void>()

function set(next: readonly Toast[]): void {
  toasts = next
  for (const watch of watchers) watch()
}

/** Says that something was done, and how to take it back where that is possible. */
export function say(text: string, undo?: () => void): void {
  show({ text, undo, isFault: false })
}

/** Says why something was not done. */
export function sayFault(error: Error): void {
  show({ text: faultText(error), undo: undefined, isFault: true })
}

function show(toast: Omit<Toast, 'id'>): void {
  const id = ++made
  set([...toasts, { id, ...toast }].slice(-TOASTS_MAX))
  setTimeout(() => dismiss(id), SHOWN_MS)
}

export function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id))
}

export const toastStore = {
  read: () => toasts,
  subscribe(watch: () => void) {
    watchers.add(watch)
    return () => watchers.delete(watch)
  },
}
