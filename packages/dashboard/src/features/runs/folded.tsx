import { useState } from 'react'
import type { ReactNode } from 'react'

interface FoldedProps {
  readonly title: string
  /** How much there is to unfold. */
  readonly note: string
  readonly children: ReactNode
}

/** A long text, to be unfolded. What is folded is not rendered, or every post in it would be asked for. */
export function Folded({ title, note, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      className="overflow-hidden rounded-card border border-border bg-bg"
      onToggle={(event) => setOpen(event.currentTarget.open)}
      open={isOpen}
    >
      <summary className="min-h-8 cursor-pointer px-3 py-1.5 text-label max-md:min-h-11 max-md:py-3">
        {title} <span className="figure text-text-3">{note}</span>
      </summary>
      {isOpen && (
        <pre
          aria-label={title}
          className="max-h-96 overflow-auto border-t border-border p-3 font-mono text-label whitespace-pre-wrap"
          dir="auto"
          role="region"
          tabIndex={0}
        >
          {children}
        </pre>
      )}
    </details>
  )
}
