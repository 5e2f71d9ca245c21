import type { Webhook, WebhookKind } from '@clawdxcraft/protocol'
import { Field, Select } from '../../ui/field.tsx'
import { faultAt } from './faults.ts'
import { REASON_OPTIONS } from './words.ts'

type Values = Pick<
  Webhook,
  'url' | 'events' | 'agent_id' | 'session' | 'timeout_seconds' | 'max_per_hour' | 'max_per_day'
>

interface WebhookFieldsProps {
  readonly kind: WebhookKind
  readonly values: { readonly [K in keyof Values]: Values[K] | Readonly<Values[K]> }
  /** Why the server did not take them. */
  readonly error: Error | null
  readonly tokenHint: string
}

/** The names of those fields, at which faults are shown. */
export const FIELD_NAMES = [
  ...['url', 'events', 'token', 'agent_id', 'session'],
  ...['timeout_seconds', 'max_per_hour', 'max_per_day'],
]

/** What a webhook of a kind can be told, in a form. */
export function WebhookFields({ kind, values, error, tokenHint }: WebhookFieldsProps) {
  const fault = (name: string) => faultAt(error, name)
  return (
    <>
      <Field
        autoComplete="off"
        defaultValue={values.url}
        fault={fault('url')}
        inputMode="url"
        label="Address"
        maxLength={2048}
        name="url"
        placeholder={kind === 'standard' ? 'https://example.org/hook' : 'https://example.org/hooks/agent'}
        required
        spellCheck={false}
      />
      <Events chosen={values.events} fault={fault('events')} />
      {kind !== 'standard' && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            autoComplete="off"
            fault={fault('token')}
            hint={tokenHint}
            label="Token of the gateway"
            maxLength={512}
            name="token"
            type="password"
          />
          <Field
            autoComplete="off"
            defaultValue={values.agent_id ?? ''}
            fault={fault('agent_id')}
            hint="Empty for the gateway’s default"
            label="Agent"
            maxLength={100}
            name="agent_id"
          />
          <Select
            defaultValue={values.session}
            fault={fault('session')}
            label="Session of the agent"
            name="session"
            options={[
              ['isolated', 'A new one each time'],
              ['thread', 'One for each thread'],
            ]}
          />
          <Whole
            fault={fault('timeout_seconds')}
            isRequired
            label="Seconds a turn may take"
            most={3_600}
            name="timeout_seconds"
            value={values.timeout_seconds}
          />
        </div>
      )}
      {/* Each kind begins with caps of its own. */}
      <div className="grid gap-4 sm:grid-cols-2" key={kind}>
        <Whole
          fault={fault('max_per_hour')}
          hint="Empty for no cap"
          label="Deliveries an hour, at most"
          most={100_000}
          name="max_per_hour"
          value={values.max_per_hour}
        />
        <Whole
          fault={fault('max_per_day')}
          hint="Empty for no cap"
          label="Deliveries a day, at most"
          most={100_000}
          name="max_per_day"
          value={values.max_per_day}
        />
      </div>
    </>
  )
}

interface WholeProps {
  readonly label: string
  readonly name: string
  readonly value: number | null
  readonly most: number
  readonly hint?: string
  readonly fault: string | undefined
  readonly isRequired?: boolean
}

function Whole({ value, most, isRequired = false, ...field }: WholeProps) {
  const least = isRequired ? 5 : 0
  return (
    <Field {...field} defaultValue={value ?? ''} max={most} min={least} required={isRequired} type="number" />
  )
}

function Events({
  chosen,
  fault,
}: {
  readonly chosen: readonly string[]
  readonly fault: string | undefined
}) {
  return (
    <fieldset className="space-y-1">
      <legend className="text-label text-text-2">Events</legend>
      <div className="flex flex-wrap gap-x-4">
        {REASON_OPTIONS.map(([reason, text]) => (
          <label className="inline-flex min-h-8 items-center gap-2 max-md:min-h-11" key={reason}>
            <input
              className="size-4 accent-accent"
              defaultChecked={chosen.includes(reason)}
              name="events"
              type="checkbox"
              value={reason}
            />
            {text}
          </label>
        ))}
      </div>
      {fault !== undefined && (
        <p className="text-label text-danger" role="alert">
          {fault}
        </p>
      )}
    </fieldset>
  )
}
