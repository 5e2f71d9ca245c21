import { X } from 'lucide-react'
import { useId, useLayoutEffect, useRef } from 'react'
import type { MouseEvent, PointerEvent, ReactNode } from 'react'
import { IconButton } from './icon-button.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** `sheet` stands at the right edge and is as high as the page. */
  readonly look?: 'box' | 'sheet'
  /** A click beside it does nothing: for what is shown this once. */
  readonly isKept?: boolean
  readonly children: ReactNode
}

const LOOKS = {
  box: 'm-auto w-[min(560px,calc(100vw-32px))] max-h-[calc(100dvh-32px)] rounded-card',
  sheet: 'ms-auto me-0 my-0 h-dvh max-h-dvh w-[min(640px,100vw)] max-w-none',
}

/** Over the page for as long as it is rendered. Escape, the cross and a click beside it close it. */
export function Dialog({ title, onClose, look = 'box', isKept = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const isPressedBeside = useRef(false)
  const titleId = useId()
  // Of the layout, as only a dialog that is still on the page gives the focus back to where it came from.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    // The browser would choose the cross. `autoFocus` comes too early: before this, nothing in here can have the focus.
    element?.querySelector<HTMLElement>('form :is(input, select, textarea), [role=combobox]')?.focus()
    return () => element?.close()
  }, [])

  const isBeside = (event: MouseEvent) => event.target === dialog.current
  // Whoever selects a text and lets go beside the dialog has clicked on it, too, as far as the browser knows.
  const notePress = (event: PointerEvent) => {
    isPressedBeside.current = isBeside(event)
  }
  const closeBeside = (event: MouseEvent) => {
    if (!isKept && isPressedBeside.current && isBeside(event)) onClose()
  }

  return (
    <dialog
      aria-labelledby={titleId}
      className={`appears overflow-hidden border border-border bg-surface p-0 text-text shadow-overlay backdrop:bg-[oklch(0_0_0/.5)] ${LOOKS[look]}`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={closeBeside}
      onPointerDown={notePress}
      ref={dialog}
    >
      <div className="flex h-full max-h-[inherit] flex-col">
        <header className="flex h-12 shrink-0 items-center gap-2 border-b border-border ps-4 pe-2">
          <h2 className="min-w-0 flex-1 truncate text-section font-semibold" id={titleId}>
            {title}
          </h2>
          <IconButton icon={X} label="Close" onClick={onClose} />
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
      </div>
    </dialog>
  )
}
