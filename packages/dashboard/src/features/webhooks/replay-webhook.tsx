import { Problem } from '@clawdxcraft/sdk'
import type { Webhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { client } from '../../lib/network.ts'
import { say } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { faultAt, faultElsewhere } from './faults.ts'
import { keepWebhook, lookAgain } from './kept.ts'

interface ReplayWebhookProps {
  readonly webhook: Webhook
  /** The place that was asked for, as text that nobody has checked. */
  readonly since: string
  readonly onClose: () => void
}

/** Sends everything after a place of the log once more. */
export function ReplayWebhook({ webhook, since, onClose }: ReplayWebhookProps) {
  const { id, bot, cursor, state } = webhook
  const [place, setPlace] = useState(/^\d+$/.test(since) ? since : cursor)
  const replaying = useMutation({
    mutationFn: () => client.webhooks.replay({ id, since: place.trim() }),
    onSuccess: (changed) => {
      keepWebhook(changed)
      lookAgain(id)
      say(`Replaying what came after place ${place.trim()}`)
      onClose()
    },
  })

  function replay(event: FormEvent): void {
    event.preventDefault()
    replaying.mutate()
  }

  const { error } = replaying
  const isAhead = error instanceof Problem && error.code === 'future_cursor'
  const fault = isAhead ? undefined : faultElsewhere(error, ['since'])
  return (
    <Dialog onClose={onClose} title="Replay">
      <form className="space-y-4 p-4" onSubmit={replay}>
        <ul className="list-disc space-y-1 ps-5 text-text-2">
          <li>
            Everything for @{bot.handle} that came after the place is sent again, in order, and then what
            waits now. The webhook stands at {cursor}.
          </li>
          <li>What was delivered before has the same id again, so that the receiver can tell.</li>
          <li>The log reaches back seven days. What is older is listed as skipped.</li>
          <li>{STATE_NOTES[state]}</li>
        </ul>
        <Field
          fault={isAhead ? error.message : faultAt(error, 'since')}
          hint="The number of a delivery is its place: write the one before it. 0 is everything."
          inputMode="numeric"
          label="After this place of the log"
          onChange={(event) => setPlace(event.target.value)}
          pattern="\s*\d{1,19}\s*"
          required
          title="A place of the log, in digits"
          value={place}
        />
        {fault !== undefined && (
          <p className="text-danger" role="alert">
            {fault}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button className="me-auto" look="quiet" onClick={() => setPlace('0')}>
            Everything
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={replaying.isPending} look="primary" type="submit">
            Replay
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const STATE_NOTES = {
  active: 'It begins at once.',
  paused: 'It begins when the webhook is resumed.',
  failed: 'It begins at once: a stopped webhook goes on with it.',
}
