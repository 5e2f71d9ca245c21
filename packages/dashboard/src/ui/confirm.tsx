import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field } from './field.tsx'

interface ConfirmProps {
  readonly title: string
  /** What comes of it, and that it cannot be taken back. */
  readonly children: ReactNode
  /** What has to be written before it is done: the name of the thing. */
  readonly name: string
  /** What is done: `Rotate the key`. */
  readonly verb: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** For what nobody can take back. */
export function Confirm({ title, children, name, verb, onConfirm, onClose }: ConfirmProps) {
  const [written, setWritten] = useState('')

  function confirm(event: FormEvent): void {
    event.preventDefault()
    onClose()
    onConfirm()
  }

  return (
    <Dialog onClose={onClose} title={title}>
      <form className="space-y-4 p-4" onSubmit={confirm}>
        <div className="text-text-2">{children}</div>
        <Field
          autoComplete="off"
          autoFocus
          label={`Write ${name} to go on`}
          onChange={(event) => setWritten(event.target.value)}
          value={written}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button className="border-danger text-danger" disabled={written.trim() !== name} type="submit">
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
