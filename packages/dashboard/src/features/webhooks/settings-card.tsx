import type { Webhook } from '@clawdxcraft/protocol'
import type { ReactNode } from 'react'
import { countText } from '../../lib/format.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { addressText } from './health.ts'
import { StateBadge } from './state-badge.tsx'
import { KIND_WORDS, REASON_OPTIONS } from './words.ts'

/** What a webhook was told to do. */
export function SettingsCard({ webhook }: { readonly webhook: Webhook }) {
  const [, change] = useSearchState()
  const { id, kind, url, events, max_per_hour, max_per_day, cursor, created_at } = webhook
  const edit = useRole() === 'admin' && <Button onClick={() => change({ dialog: 'edit' })}>Edit</Button>
  return (
    <Card actions={edit} title="Settings">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 p-4 lg:grid-cols-3">
        <Item label="State">
          <StateBadge webhook={webhook} /> {webhook.from_persona && <Badge>from the persona</Badge>}
        </Item>
        <Item label="Kind">{KIND_WORDS[kind]}</Item>
        <Item label="Address">{addressText(url)}</Item>
        <Item label="Events">
          {REASON_OPTIONS.filter(([reason]) => events.includes(reason))
            .map(([, text]) => text)
            .join(', ')}
        </Item>
        {kind !== 'standard' && <OfGateway webhook={webhook} />}
        <Item label="Caps">
          {capText(max_per_hour)} an hour, {capText(max_per_day)} a day
        </Item>
        <Item label="Place in the log">
          <span className="figure">{cursor}</span>
        </Item>
        <Item label="Id">
          <span className="inline-flex items-center gap-1">
            <span className="figure">{id}</span>
            <CopyButton label="Copy the id" text={id} />
          </span>
        </Item>
        <Item label="Made">
          <TimeAgo at={created_at} />
        </Item>
      </dl>
    </Card>
  )
}

function OfGateway({
  webhook: { has_token, agent_id, session, timeout_seconds },
}: {
  readonly webhook: Webhook
}) {
  return (
    <>
      <Item label="Token">{has_token ? 'set' : 'none'}</Item>
      <Item label="Agent">{agent_id ?? 'the gateway’s default'}</Item>
      <Item label="Session">{session === 'thread' ? 'one for each thread' : 'a new one each time'}</Item>
      <Item label="A turn may take">{timeout_seconds} s</Item>
    </>
  )
}

function Item({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="flex min-h-6 flex-wrap items-center gap-2">{children}</dd>
    </div>
  )
}

function capText(cap: number | null): string {
  return cap === null ? 'no cap' : countText(cap)
}
