import { useId } from 'react'
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from 'react'

/** Of everything that somebody writes into. */
export const INPUT =
  'min-h-8 w-full min-w-0 rounded-input border border-border-strong bg-surface px-2 text-ui placeholder:text-text-3 aria-invalid:border-danger max-md:min-h-11'

interface AroundProps {
  readonly label: string
  /** What is expected, below the field. */
  readonly hint?: ReactNode
  /** Why what was given is not taken. */
  readonly fault?: string | undefined
  /** The label is for screen readers only, where the field explains itself. */
  readonly isBare?: boolean
}

interface FieldProps extends AroundProps, Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {}

export function Field({ label, hint, fault, isBare = false, className = '', ...input }: FieldProps) {
  const id = useId()
  return (
    <Around {...{ id, label, hint, fault, isBare, className }}>
      <input {...describedBy(id, hint, fault)} className={INPUT} id={id} {...input} />
    </Around>
  )
}

interface SelectProps extends AroundProps, Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'> {
  /** Value and what it says, in order. */
  readonly options: readonly (readonly [string, string])[]
}

export function Select({
  label,
  hint,
  fault,
  isBare = false,
  className = '',
  options,
  ...select
}: SelectProps) {
  const id = useId()
  return (
    <Around {...{ id, label, hint, fault, isBare, className }}>
      <select {...describedBy(id, hint, fault)} className={INPUT} id={id} {...select}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Around>
  )
}

interface AroundOf extends AroundProps {
  readonly id: string
  readonly className: string
  readonly children: ReactNode
}

function Around({ id, label, hint, fault, isBare = false, className, children }: AroundOf) {
  return (
    <div className={`space-y-1 ${className}`}>
      <label className={isBare ? 'sr-only' : 'block text-label text-text-2'} htmlFor={id}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p className="text-label text-text-3" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p className="text-label text-danger" id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

function describedBy(id: string, hint: ReactNode, fault: string | undefined) {
  const ids = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(Boolean)
  return {
    'aria-describedby': ids.length > 0 ? ids.join(' ') : undefined,
    'aria-invalid': fault !== undefined ? true : undefined,
  }
}
