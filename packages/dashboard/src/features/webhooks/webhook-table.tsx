import type { Webhook } from '@clawdxcraft/protocol'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../ui/badge.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { addressText, healthOf } from './health.ts'
import { StateBadge } from './state-badge.tsx'
import { useNow } from './use-now.ts'
import { KIND_WORDS } from './words.ts'

const TEXT_COLOURS = {
  good: 'text-text',
  plain: 'text-text-2',
  accent: 'text-text',
  warn: 'text-warn',
  bad: 'text-danger',
}

const COLUMNS: readonly TableColumn<Webhook>[] = [
  {
    title: 'Webhook',
    cell: ({ id, bot, url }) => (
      <div className="min-w-0 md:max-w-90">
        <Link
          className="block truncate font-medium hover:underline max-md:min-h-6"
          params={{ id }}
          title={addressText(url)}
          to="/app/webhooks/$id"
        >
          {addressText(url)}
        </Link>
        <span className="text-label text-text-3">@{bot.handle}</span>
      </div>
    ),
  },
  { title: 'Kind', cell: ({ kind }) => <span className="whitespace-nowrap">{KIND_WORDS[kind]}</span> },
  { title: 'State', cell: (webhook) => <StateBadge webhook={webhook} /> },
  { title: 'Doing', cell: (webhook) => <Doing webhook={webhook} /> },
  {
    title: 'Waiting',
    cell: ({ is_waiting }) =>
      is_waiting ? <Badge tone="warn">waiting</Badge> : <span className="text-text-3">–</span>,
  },
  {
    title: 'Delivered',
    isNumber: true,
    cell: ({ last_delivered_at: at }) =>
      at === null ? <span className="text-text-3">never</span> : <TimeAgo at={at} />,
  },
]

export function WebhookTable({ webhooks }: { readonly webhooks: readonly Webhook[] }) {
  return <Table caption="Webhooks" columns={COLUMNS} keyOf={({ id }) => id} rows={webhooks} />
}

function Doing({ webhook }: { readonly webhook: Webhook }) {
  const { tone, text } = healthOf(webhook, useNow())
  return <span className={`${TEXT_COLOURS[tone]} md:line-clamp-2 md:max-w-80`}>{text}</span>
}
