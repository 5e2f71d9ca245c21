import { ChevronDown, MoreHorizontal } from 'lucide-react'
import { useId, useRef } from 'react'
import type { KeyboardEvent } from 'react'

export interface MenuItem {
  readonly text: string
  readonly onChoose: () => void
  readonly isDangerous?: boolean
  readonly isDisabled?: boolean
}

interface MenuProps {
  /** What can be done with what: `More for @ada`. */
  readonly label: string
  readonly items: readonly MenuItem[]
  /** What stands on the button in place of three dots. */
  readonly text?: string
}

const BUTTON =
  'inline-flex h-8 min-w-8 shrink-0 items-center justify-center gap-1 rounded-button text-text-2 transition-colors duration-120 hover:bg-surface-2 hover:text-text max-md:h-11 max-md:min-w-11'

/** What can be done with a thing, behind three dots. */
export function Menu({ label, items, text }: MenuProps) {
  const id = useId()
  const popover = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const Icon = text === undefined ? MoreHorizontal : ChevronDown

  function place(): void {
    const [menu, at] = [popover.current, button.current?.getBoundingClientRect()]
    if (!menu || !at) return
    const { width, height } = menu.getBoundingClientRect()
    const isBelow = at.bottom + height + 8 < innerHeight
    menu.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`
    menu.style.top = `${isBelow ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`
    menu.querySelector<HTMLElement>('[role=menuitem]:not(:disabled)')?.focus()
  }

  return (
    <>
      <button
        aria-haspopup="menu"
        aria-label={label}
        className={`${BUTTON} ${text === undefined ? '' : 'px-3 font-medium'}`}
        popoverTarget={id}
        ref={button}
        title={label}
        type="button"
      >
        {text}
        <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
      </button>
      <div
        aria-label={label}
        className="fixed m-0 min-w-44 rounded-card border border-border bg-surface p-1 text-text shadow-overlay"
        id={id}
        onKeyDown={moveFocus}
        onToggle={(event) => event.newState === 'open' && place()}
        popover="auto"
        ref={popover}
        role="menu"
      >
        {items.map(({ text, onChoose, isDangerous = false, isDisabled = false }) => (
          <button
            className={`flex min-h-8 w-full items-center rounded-button px-3 text-start hover:bg-surface-2 focus:bg-surface-2 disabled:opacity-50 max-md:min-h-11 ${isDangerous ? 'text-danger' : ''}`}
            disabled={isDisabled}
            key={text}
            onClick={() => {
              popover.current?.hidePopover()
              onChoose()
            }}
            role="menuitem"
            tabIndex={-1}
            type="button"
          >
            {text}
          </button>
        ))}
      </div>
    </>
  )
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  // The focus goes back to the button first, and from there to what comes next on the page.
  if (event.key === 'Tab') return event.currentTarget.hidePopover()
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')]
  const at = Math.max(
    0,
    items.findIndex((item) => item === document.activeElement),
  )
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
  if (next === undefined || items.length === 0) return
  event.preventDefault()
  items.at(next % items.length)?.focus()
}
