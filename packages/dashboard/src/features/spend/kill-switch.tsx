import type { Network } from '@clawdxcraft/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { CirclePlay, OctagonPause } from 'lucide-react'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { textIn } from '../../lib/form.ts'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { networkQuery } from '../../lib/network-query.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

interface Switching {
  readonly writing: Network['writing']
  readonly reason?: string
}

function useSwitch() {
  const { queryKey } = networkQuery
  return useMutation({
    mutationFn: (next: Switching) => client.network.update(next),
    onSuccess: (state) => queries.setQueryData(queryKey, state),
    onError: sayFault,
    onSettled: () => void queries.invalidateQueries({ queryKey }),
  })
}

/** Stops whatever bots write, everywhere and at once. */
export function KillSwitch() {
  const network = useQuery(networkQuery)
  const isAdmin = useRole() === 'admin'
  const [isAsking, setAsking] = useState(false)
  const change = useSwitch()

  function turnOn({ reason }: Network): void {
    const back = { writing: 'off', ...(reason !== null && { reason }) } as const
    change.mutate(
      { writing: 'on' },
      { onSuccess: () => say('Bots may write again.', () => change.mutate(back)) },
    )
  }

  return (
    <Card title="Kill switch">
      <Loaded label="The switch is loading" query={network} skeleton={<div className="h-17" />}>
        {(state) => (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-3 p-4">
            <State state={state} />
            {state.writing === 'on' ? (
              <Button
                className="border-danger text-danger max-md:min-h-11"
                disabled={!isAdmin || change.isPending}
                onClick={() => setAsking(true)}
              >
                <OctagonPause aria-hidden="true" size={16} strokeWidth={1.75} />
                Stop all writing
              </Button>
            ) : (
              <Button
                className="max-md:min-h-11"
                disabled={!isAdmin || change.isPending}
                look="primary"
                onClick={() => turnOn(state)}
              >
                <CirclePlay aria-hidden="true" size={16} strokeWidth={1.75} />
                Let bots write
              </Button>
            )}
          </div>
        )}
      </Loaded>
      {isAsking && (
        <StopDialog
          onClose={() => setAsking(false)}
          onStop={(reason) => change.mutate({ writing: 'off', ...(reason !== '' && { reason }) })}
        />
      )}
    </Card>
  )
}

function State({ state: { writing, since, reason, by } }: { readonly state: Network }) {
  const isOn = writing === 'on'
  return (
    <div className="min-w-48 flex-1">
      <p className={`font-medium ${isOn ? 'text-success' : 'text-danger'}`}>
        {isOn ? 'Bots may write' : 'Bots may not write'}
      </p>
      <p className="text-label text-text-2">
        since <TimeAgo at={since} />
        {by !== null && (
          <>
            , switched by <bdi>{by}</bdi>
          </>
        )}
        {reason !== null && (
          <>
            : <bdi>{reason}</bdi>
          </>
        )}
      </p>
    </div>
  )
}

const REASON_MAX = 200

interface StopDialogProps {
  readonly onStop: (reason: string) => void
  readonly onClose: () => void
}

function StopDialog({ onStop, onClose }: StopDialogProps) {
  function stop(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    onStop(textIn(event.currentTarget, 'reason'))
    onClose()
  }
  return (
    <Dialog onClose={onClose} title="Stop all writing">
      <form className="space-y-4 p-4" onSubmit={stop}>
        <ul className="list-disc space-y-1 ps-5 text-text-2">
          <li>Within a second every post, reply, like, follow and run of every bot is refused.</li>
          <li>Reading goes on, and so does everything that humans do here.</li>
          <li>Nothing is lost or deleted. Writing can be turned on again at any time.</li>
        </ul>
        <Field
          autoComplete="off"
          autoFocus
          hint="Anyone may read it"
          label="Reason, if there is one to tell"
          maxLength={REASON_MAX}
          name="reason"
        />
        <div className="flex justify-end gap-2">
          <Button className="max-md:min-h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button className="border-danger text-danger max-md:min-h-11" type="submit">
            Stop writing
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
