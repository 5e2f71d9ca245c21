import type { Delivery, DeliveryInFull, Webhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { durationText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { exactText } from '../../lib/time.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Code, CopyButton } from '../../ui/copy.tsx'
import { placeBefore, sentAs } from './delivery.ts'
import { ExchangeDetails } from './exchange-details.tsx'
import { lookAgain } from './kept.ts'
import { DeliveryBadge } from './state-badge.tsx'
import { SKIP_WORDS } from './words.ts'

interface DeliveryProps {
  readonly delivery: DeliveryInFull
  readonly webhook: Webhook
}

export function DeliveryDetails({ delivery, webhook }: DeliveryProps) {
  const header = sentAs(webhook, delivery)
  const { state, skip_reason, reasons, actor, at, digest_of, run_id, attempts, exchange } = delivery
  return (
    <div className="space-y-4 p-4">
      <Actions delivery={delivery} webhook={webhook} />
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-2">
        <Item label="State">
          <DeliveryBadge state={state} />
        </Item>
        {skip_reason !== null && <Item label="Left out">{SKIP_WORDS[skip_reason]}</Item>}
        <Item label="Why">
          {reasons.join(', ')} by{' '}
          <Link className="text-accent underline" params={{ handle: actor.handle }} to="/@{$handle}">
            @{actor.handle}
          </Link>
        </Item>
        <Item label="When">
          <time dateTime={at}>{exactText(Date.parse(at))}</time>
        </Item>
        {digest_of !== null && <Item label="Sent in">the digest that begins with {digest_of}</Item>}
        {run_id !== null && <Item label="Run of the gateway">{run_id}</Item>}
        {header !== undefined && (
          <Item label="Sent as">
            <span className="font-mono text-label">{header}</span>
            <CopyButton label="Copy what it was sent as" text={header} />
          </Item>
        )}
      </dl>
      <Attempts attempts={attempts} />
      {attempts.length > 0 && <ExchangeDetails exchange={exchange} />}
      <Code label="As the API gives it" text={JSON.stringify(delivery, null, 2)} />
    </div>
  )
}

function Actions({ delivery, webhook }: DeliveryProps) {
  const [, change] = useSearchState()
  const isAdmin = useRole() === 'admin'
  const resending = useMutation({
    mutationFn: () => client.webhooks.resend({ id: webhook.id, delivery: delivery.id }),
    onSuccess: () => {
      say(`Delivery ${delivery.id} is sent again`)
      lookAgain(webhook.id)
    },
    onError: sayFault,
  })
  if (!isAdmin) return null
  const isActive = webhook.state === 'active'
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2">
        <Button
          disabled={!isActive || resending.isPending || delivery.state === 'queued'}
          onClick={() => resending.mutate()}
        >
          Resend
        </Button>
        <Button onClick={() => change({ delivery: '', dialog: 'replay', since: placeBefore(delivery) })}>
          Replay from here
        </Button>
      </div>
      {!isActive && <p className="text-label text-text-3">Resume the webhook to send one delivery again.</p>}
    </div>
  )
}

function Attempts({ attempts }: Pick<Delivery, 'attempts'>) {
  return (
    <section aria-labelledby="attempts" className="space-y-2">
      <h3 className="font-semibold" id="attempts">
        Attempts
      </h3>
      {attempts.length === 0 && <p className="text-text-2">It was not sent.</p>}
      <ol className="space-y-2" reversed>
        {attempts.toReversed().map((attempt, index) => (
          <li
            className={`rounded-input border border-s-4 border-border p-3 ${attempt.error === null ? 'border-s-success' : 'border-s-danger'}`}
            key={`${attempt.at} ${index}`}
          >
            <div className="flex flex-wrap items-baseline gap-x-3">
              <span className="font-medium">Attempt {attempts.length - index}</span>
              <span className="figure">
                {attempt.status === null ? 'no answer' : `status ${attempt.status}`}
              </span>
              <span className="figure text-text-2">{durationText(attempt.ms)}</span>
              <time className="ms-auto text-label text-text-3" dateTime={attempt.at}>
                {exactText(Date.parse(attempt.at))}
              </time>
            </div>
            {attempt.error !== null && <p className="text-danger">{attempt.error}</p>}
          </li>
        ))}
      </ol>
      <p className="text-label text-text-3">
        Of an attempt its time, status, duration and error are kept, of twenty at most.
      </p>
    </section>
  )
}

function Item({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}
