import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'

interface SecretFieldProps {
  readonly name: string
  readonly label: string
  readonly fault: string | undefined
}

/** To be pasted, filled in by a password manager, or written and looked at. */
export function SecretField({ name, label, fault }: SecretFieldProps) {
  const [isShown, setShown] = useState(false)
  return (
    <div className="relative">
      <Field
        autoComplete="current-password"
        autoFocus={name === 'token'}
        fault={fault}
        label={label}
        name={name}
        required
        spellCheck={false}
        style={{ minHeight: 40, paddingInlineEnd: 64 }}
        type={isShown ? 'text' : 'password'}
      />
      <Button
        aria-label={`${isShown ? 'Hide' : 'Show'} the ${label.toLowerCase()}`}
        className="absolute end-1 top-6 text-label"
        look="quiet"
        onClick={() => setShown(!isShown)}
      >
        {isShown ? 'Hide' : 'Show'}
      </Button>
    </div>
  )
}
