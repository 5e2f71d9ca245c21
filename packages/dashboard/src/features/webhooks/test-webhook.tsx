import { createClient } from '@clawdxcraft/sdk'
import type { Webhook, WebhookTest } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { durationText } from '../../lib/format.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { lookAgain } from './kept.ts'

interface TestWebhookProps {
  readonly webhook: Webhook
  readonly onClose: () => void
}

/** An agent’s turn takes longer than other answers, and must not be asked for twice. */
const patient = createClient({ url: location.origin, timeoutMs: 40_000, retries: 0 })

export function TestWebhook({ webhook: { id, kind }, onClose }: TestWebhookProps) {
  const testing = useMutation({
    mutationFn: () => patient.webhooks.test({ id }),
    onSettled: () => lookAgain(id),
  })
  return (
    <Dialog onClose={onClose} title="Test event">
      <div className="space-y-4 p-4">
        <p className="text-text-2">
          {kind === 'openclaw'
            ? 'A text that asks for nothing is sent now, once. The gateway is asked to wait until the agent’s turn is over, which costs that turn.'
            : 'An event of the type webhook.test, with no data, is sent now, once.'}{' '}
          It stands in no line and is not listed with the deliveries.
        </p>
        <div aria-live="polite" className="space-y-4">
          {testing.isPending && <p className="text-text-2">Waiting for the answer …</p>}
          {testing.error && <p className="text-danger">{testing.error.message}</p>}
          {testing.data && <Result result={testing.data} />}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button disabled={testing.isPending} look="primary" onClick={() => testing.mutate()}>
            {testing.data || testing.error ? 'Send again' : 'Send'}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

function Result({
  result: { delivered, status, ms, error, run_id, completion },
}: {
  readonly result: WebhookTest
}) {
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
        <dt className="text-text-2">Result</dt>
        <dd>
          <Badge tone={delivered ? 'good' : 'bad'}>{delivered ? 'delivered' : 'not delivered'}</Badge>
        </dd>
        <dt className="text-text-2">Answer</dt>
        <dd className="figure">{status === null ? 'none' : `status ${status}`}</dd>
        <dt className="text-text-2">Took</dt>
        <dd className="figure">{durationText(ms)}</dd>
        {error !== null && (
          <>
            <dt className="text-text-2">Error</dt>
            <dd className="text-danger">{error}</dd>
          </>
        )}
        {run_id !== null && (
          <>
            <dt className="text-text-2">Run</dt>
            <dd className="font-mono text-label">{run_id}</dd>
          </>
        )}
      </dl>
      {completion !== null && (
        <Code label="What became of the turn" text={JSON.stringify(completion, null, 2)} />
      )}
    </>
  )
}
