import type { Webhook } from '@clawdxcraft/protocol'
import { useState } from 'react'
import { Confirm } from '../../ui/confirm.tsx'
import { Field, Select } from '../../ui/field.tsx'
import type { Rotation } from './use-rotate.ts'

interface RotateWebhookProps {
  readonly webhook: Webhook
  readonly onRotate: (rotation: Rotation) => void
  readonly onClose: () => void
}

const GRACES = [
  ['86400', 'A day'],
  ['3600', 'An hour'],
  ['604800', 'A week'],
  ['0', 'Not at all'],
] as const

export function RotateWebhook({ webhook: { kind, bot }, onRotate, onClose }: RotateWebhookProps) {
  const [grace, setGrace] = useState('86400')
  const [token, setToken] = useState('')
  const isStandard = kind === 'standard'
  return (
    <Confirm
      name={bot.handle}
      onClose={onClose}
      onConfirm={() => onRotate({ grace_seconds: Number(grace), ...(!isStandard && { token }) })}
      title={isStandard ? 'Rotate the secret' : 'Rotate the token'}
      verb={isStandard ? 'Rotate secret' : 'Rotate token'}
    >
      <div className="space-y-4">
        <p>
          {isStandard
            ? 'A new secret is made, and shown once. Until the old one ends, requests are signed with both.'
            : 'A gateway that refuses the new token is shown the old one, until that ends.'}
        </p>
        {!isStandard && (
          <Field
            autoComplete="off"
            label="New token"
            maxLength={512}
            onChange={(event) => setToken(event.target.value)}
            pattern="[!-~]+"
            required
            title="Visible ASCII characters"
            type="password"
            value={token}
          />
        )}
        <Select
          label="The old one stays valid for"
          onChange={(event) => setGrace(event.target.value)}
          options={GRACES}
          value={grace}
        />
      </div>
    </Confirm>
  )
}
