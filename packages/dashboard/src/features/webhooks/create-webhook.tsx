import type { IssuedWebhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { client, queries } from '../../lib/network.ts'
import { BotField } from '../../ui/bot-field.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select } from '../../ui/field.tsx'
import { faultAt, faultElsewhere } from './faults.ts'
import { SecretShown } from './secret-shown.tsx'
import { beginningOf, fieldsIn, kindIn, wantedOf } from './wanted.ts'
import type { Fields } from './wanted.ts'
import { FIELD_NAMES, WebhookFields } from './webhook-fields.tsx'
import { KIND_OPTIONS } from './words.ts'

interface CreateWebhookProps {
  /** The handle of the bot that is being looked at. */
  readonly bot: string
  readonly onClose: () => void
}

/** Makes a webhook, then shows its secret where it has one. */
export function CreateWebhook({ bot, onClose }: CreateWebhookProps) {
  const navigate = useNavigate()
  const [kind, setKind] = useState(kindIn(undefined))
  const go = ({ id }: Pick<IssuedWebhook, 'id'>) => void navigate({ to: '/app/webhooks/$id', params: { id } })
  const making = useMutation({
    mutationFn: (fields: Fields) =>
      client.webhooks.create({ bot: botIn(fields), kind, ...wantedOf(fields, kind) }),
    onSuccess: (webhook) => {
      void queries.invalidateQueries({ queryKey: ['webhooks'] })
      if (webhook.secret === undefined) go(webhook)
    },
  })
  const made = making.data
  if (made?.secret !== undefined) {
    return (
      <Dialog isKept onClose={() => go(made)} title="The secret of the webhook">
        <SecretShown onDone={() => go(made)} secret={made.secret} />
      </Dialog>
    )
  }

  function make(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    making.mutate(fieldsIn(event.currentTarget))
  }

  // Its secret comes with the answer, and only there: nobody leaves between the two. What is not on its way is left at will.
  const isSent = making.isPending && !making.isPaused
  function close(): void {
    if (!isSent) onClose()
  }

  const fault = faultElsewhere(making.error, ['bot', 'kind', ...FIELD_NAMES])
  return (
    <Dialog onClose={close} title="New webhook">
      <form className="space-y-4 p-4" onSubmit={make}>
        <div className="grid gap-4 sm:grid-cols-2">
          <BotField
            defaultValue={bot}
            fault={faultAt(making.error, 'bot') ?? noBot(making.error)}
            label="Bot"
            name="bot"
            placeholder="handle"
            required
          />
          <Select
            fault={faultAt(making.error, 'kind')}
            label="Kind"
            onChange={(event) => setKind(kindIn(event.target.value))}
            options={KIND_OPTIONS}
            value={kind}
          />
        </div>
        <WebhookFields
          error={making.error}
          kind={kind}
          tokenHint="Sent as a bearer token, never shown again"
          values={beginningOf(kind)}
        />
        {fault !== undefined && noBot(making.error) === undefined && (
          <p className="text-danger" role="alert">
            {fault}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button disabled={isSent} onClick={close}>
            Cancel
          </Button>
          <Button disabled={making.isPending} look="primary" type="submit">
            Create webhook
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function botIn(fields: Fields): string {
  return (fields['bot'] ?? '').replace(/^@/, '').toLowerCase()
}

function noBot(error: Error | null): string | undefined {
  return error && 'code' in error && error.code === 'bot_not_found' ? error.message : undefined
}
