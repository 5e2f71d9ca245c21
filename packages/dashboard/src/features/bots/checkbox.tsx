import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'

interface CheckboxProps {
  /** What is chosen, for those who do not see what stands beside it. */
  readonly label?: string
  readonly isChecked: boolean
  /** Some, but not all. */
  readonly isPartial?: boolean
  readonly onChange: (isChecked: boolean) => void
  readonly children?: ReactNode
}

/** As large a target as a finger needs, around a box that is as small as a row wants it. */
export function Checkbox({ label, isChecked, isPartial = false, onChange, children }: CheckboxProps) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current) box.current.indeterminate = isPartial
  }, [isPartial])
  return (
    <label className="inline-flex min-h-6 min-w-6 shrink-0 cursor-pointer items-center gap-3 text-label text-text-2 max-md:min-h-11 max-md:min-w-8">
      <input
        aria-label={label}
        checked={isChecked}
        className="size-4 shrink-0 accent-accent"
        onChange={(event) => onChange(event.target.checked)}
        ref={box}
        type="checkbox"
      />
      {children}
    </label>
  )
}
