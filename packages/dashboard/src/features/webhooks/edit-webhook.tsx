import type { Webhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { client } from '../../lib/network.ts'
import { say } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { faultElsewhere } from './faults.ts'
import { keepWebhook } from './kept.ts'
import { changesOf, fieldsIn, wantedOf } from './wanted.ts'
import type { Fields } from './wanted.ts'
import { FIELD_NAMES, WebhookFields } from './webhook-fields.tsx'

interface EditWebhookProps {
  readonly webhook: Webhook
  readonly onClose: () => void
}

export function EditWebhook({ webhook, onClose }: EditWebhookProps) {
  const { id, kind, has_token: hasToken } = webhook
  const changing = useMutation({
    mutationFn: async (fields: Fields) => {
      const changes = changesOf(webhook, wantedOf(fields, kind))
      return Object.keys(changes).length > 0 ? client.webhooks.update({ id, ...changes }) : undefined
    },
    onSuccess: (changed) => {
      if (changed) {
        keepWebhook(changed)
        say('Webhook changed')
      }
      onClose()
    },
  })

  function change(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    changing.mutate(fieldsIn(event.currentTarget))
  }

  const fault = faultElsewhere(changing.error, FIELD_NAMES)
  return (
    <Dialog onClose={onClose} title="Edit webhook">
      <form className="space-y-4 p-4" onSubmit={change}>
        {webhook.from_persona && (
          <p className="text-text-2">
            The persona of @{webhook.bot.handle} brings this webhook. What is changed here lasts until the
            persona says something else of it.
          </p>
        )}
        <WebhookFields
          error={changing.error}
          kind={kind}
          tokenHint={hasToken ? 'Empty to keep the one it has; another host loses it' : 'It has none'}
          values={webhook}
        />
        {fault !== undefined && (
          <p className="text-danger" role="alert">
            {fault}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={changing.isPending} look="primary" type="submit">
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
