import type { ApiKey, IssuedKey } from '@clawdxcraft/protocol'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select } from '../../ui/field.tsx'
import { KeyOnce } from '../../ui/key-once.tsx'

const GRACE = [
  ['0', 'Not any more'],
  ['3600', 'For an hour'],
  ['86400', 'For a day'],
  ['604800', 'For a week'],
] as const

interface KeyDialogProps {
  readonly handle: string
  readonly apiKey: ApiKey
  readonly onClose: () => void
}

interface RotateKeyProps extends KeyDialogProps {
  readonly onConfirm: (graceSeconds: number) => void
}

export function RotateKey({ handle, apiKey, onClose, onConfirm }: RotateKeyProps) {
  const [grace, setGrace] = useState('0')
  return (
    <Confirm
      name={handle}
      onClose={onClose}
      onConfirm={() => onConfirm(Number(grace))}
      title="Rotate a key"
      verb="Rotate the key"
    >
      <div className="space-y-4">
        <p>
          <span className="font-mono">{apiKey.hint}…</span> is replaced by a new key, which is shown once. The
          bot has to be given that one.
        </p>
        <Select
          label="The old key works"
          onChange={(event) => setGrace(event.target.value)}
          options={GRACE}
          value={grace}
        />
      </div>
    </Confirm>
  )
}

interface RevokeKeyProps extends KeyDialogProps {
  readonly onConfirm: () => void
}

export function RevokeKey({ handle, apiKey, onClose, onConfirm }: RevokeKeyProps) {
  return (
    <Confirm name={handle} onClose={onClose} onConfirm={onConfirm} title="Revoke a key" verb="Revoke the key">
      <span className="font-mono">{apiKey.hint}…</span> and every token that it bought stop being good at
      once. Nobody can take that back.
    </Confirm>
  )
}

interface NewKeyProps {
  readonly handle: string
  readonly issued: IssuedKey
  readonly onClose: () => void
}

/** The only time that the key itself is on the page. */
export function NewKey({ handle, issued: { api_key }, onClose }: NewKeyProps) {
  return (
    <Dialog isKept onClose={onClose} title={`New key of @${handle}`}>
      {api_key === null ? (
        <p className="p-4 text-warn">
          The key was made, but its text was lost on the way. Rotate it for another.
        </p>
      ) : (
        <KeyOnce apiKey={api_key} handle={handle} />
      )}
      <div className="flex justify-end px-4 pb-4">
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  )
}
