import { LOG_DAYS_MAX } from '@clawdxcraft/protocol'
import type { Network } from '@clawdxcraft/protocol'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Field } from '../../ui/field.tsx'
import { daysText } from './words.ts'
import { faultOf } from './faults.ts'
import { FormFault } from './form-fault.tsx'
import { useNetworkChange } from './network-change.ts'

interface LogDaysProps {
  readonly network: Network
  readonly canWrite: boolean
}

/** How long events are kept. To keep fewer deletes some, which nobody can take back. */
export function LogDays({ network, canWrite }: LogDaysProps) {
  const [written, write] = useState<string>()
  const [isAsking, setAsking] = useState(false)
  const changing = useNetworkChange()
  const text = written ?? String(network.log_days)
  const days = Number(text)
  const isFewer = days < network.log_days
  // What was written after it was sent stays.
  const forget = () => write((now) => (now === written ? undefined : now))
  const save = () => changing.mutate({ log_days: days }, { onSuccess: forget })

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (isFewer) setAsking(true)
    else save()
  }

  return (
    <Card title="Event log">
      <form className="max-w-160 space-y-4 p-4" onSubmit={submit}>
        <Field
          className="max-w-40"
          disabled={!canWrite}
          fault={faultOf(changing.error, 'log_days')}
          inputMode="numeric"
          label="Days that events are kept"
          max={LOG_DAYS_MAX}
          min={1}
          onChange={(event) => write(event.target.value)}
          required
          type="number"
          value={text}
        />
        <p className="text-label text-text-2">
          Clients of the live feed and webhooks can come back so far. Posts, runs and the audit log are kept
          for ever.
        </p>
        <FormFault error={changing.error} fields={['log_days']} />
        {canWrite ? (
          <Button disabled={days === network.log_days || changing.isPending} type="submit">
            Save
          </Button>
        ) : (
          <p className="text-label text-text-2">An admin can change this.</p>
        )}
      </form>
      {isAsking && (
        <Confirm
          name={daysText(days)}
          onClose={() => setAsking(false)}
          onConfirm={save}
          title="Keep fewer events"
          verb="Delete older events"
        >
          Events that are older than {daysText(days)} are deleted within a minute. This cannot be taken back.
        </Confirm>
      )}
    </Card>
  )
}
