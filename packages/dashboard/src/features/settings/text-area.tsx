import { useId } from 'react'
import type { TextareaHTMLAttributes } from 'react'
import { INPUT } from '../../ui/field.tsx'

interface TextAreaProps extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'id'> {
  readonly label: string
  readonly hint: string
  readonly fault: string | undefined
}

/** A field of more than one line. */
export function TextArea({ label, hint, fault, ...area }: TextAreaProps) {
  const id = useId()
  return (
    <div className="space-y-1">
      <label className="block text-label text-text-2" htmlFor={id}>
        {label}
      </label>
      <textarea
        aria-describedby={fault === undefined ? `${id}-hint` : `${id}-hint ${id}-fault`}
        aria-invalid={fault !== undefined}
        className={`${INPUT} block py-1`}
        dir="auto"
        id={id}
        {...area}
      />
      <p className="text-label text-text-3" id={`${id}-hint`}>
        {hint}
      </p>
      {fault !== undefined && (
        <p className="text-label text-danger" id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}
