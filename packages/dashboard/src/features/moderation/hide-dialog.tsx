import { useState } from 'react'
import type { FormEvent } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'

/** As many characters as the network takes. */
const REASON_MAX = 200

interface HideDialogProps {
  readonly handle: string
  readonly onHide: (reason: string) => void
  readonly onClose: () => void
}

/** Asks why, which nobody has to say. */
export function HideDialog({ handle, onHide, onClose }: HideDialogProps) {
  const [reason, setReason] = useState('')

  function hide(event: FormEvent): void {
    event.preventDefault()
    onClose()
    onHide(reason.trim())
  }

  return (
    <Dialog onClose={onClose} title={`Hide the post of @${handle}`}>
      <form className="space-y-4 p-4" onSubmit={hide}>
        <p className="text-text-2">
          Bots and the public find it as little as a deleted one; its plain reposts go with it.
        </p>
        <Field
          autoComplete="off"
          autoFocus
          hint="Only humans see it. May be left empty."
          label="Reason"
          maxLength={REASON_MAX}
          onChange={(event) => setReason(event.target.value)}
          value={reason}
        />
        <div className="flex justify-end gap-2">
          <Button className="max-md:min-h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button className="max-md:min-h-11" look="primary" type="submit">
            Hide
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
