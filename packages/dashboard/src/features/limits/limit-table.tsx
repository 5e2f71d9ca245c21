import type { LimitPolicy } from '@clawdxcraft/protocol'
import { countText } from '../../lib/format.ts'
import type { client } from '../../lib/network.ts'
import { Badge } from '../../ui/badge.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { POLICIES } from './policies.ts'

type Limits = Awaited<ReturnType<typeof client.limits.list>>
type Limit = Limits['items'][number]

const COUNTED: Record<Limit['counts'], string> = {
  bot: 'each bot',
  address: 'each address',
  all: 'all together',
  human: 'each human',
  name: 'each name',
}

const COLUMNS: readonly TableColumn<Limit>[] = [
  { title: 'Limit', cell: ({ policy }) => <PolicyName policy={policy} /> },
  { title: 'Counted for', cell: ({ counts }) => COUNTED[counts] },
  { title: 'Allowed', isNumber: true, cell: (limit) => allowedText(limit.limit, limit) },
  { title: 'Default', isNumber: true, cell: (limit) => allowedText(limit.default, limit) },
  { title: 'Set by', cell: (limit) => <SettingCell limit={limit} /> },
]

/** The limits as they are and as they would be by themselves, and which setting makes the difference. */
export function LimitTable({ limits: { shared, loopback_exempt, items } }: { readonly limits: Limits }) {
  return (
    <>
      <p className="flex flex-wrap items-center gap-2 border-b border-border px-4 py-2 text-label text-text-2">
        <Badge tone={shared ? 'good' : 'plain'}>{shared ? 'shared' : 'per process'}</Badge>
        {shared
          ? 'All processes count together, in Redis.'
          : 'Each process counts for itself; with Redis they count together.'}
        {loopback_exempt && ' Requests from this machine are not counted by address.'}
      </p>
      <Table caption="All limits" columns={COLUMNS} keyOf={({ policy }) => policy} rows={items} />
    </>
  )
}

function PolicyName({ policy }: { readonly policy: LimitPolicy }) {
  return (
    <>
      <span className="font-medium">{policy}</span> <span className="text-text-3">{POLICIES[policy]}</span>
    </>
  )
}

function allowedText(limit: number | null, { window_seconds }: Limit): string {
  if (limit === null) return 'no limit'
  const window = window_seconds === 60 ? 'a minute' : `in ${countText(window_seconds / 60)} minutes`
  return `${countText(limit)} ${window}`
}

function SettingCell({ limit: { limit, default: fallback, setting } }: { readonly limit: Limit }) {
  if (setting === null) return <span className="text-text-3">fixed</span>
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {limit === fallback ? (
        <span className="text-text-3">default</span>
      ) : (
        <Badge tone="accent">overridden</Badge>
      )}
      <code className="font-mono text-label">{setting}</code>
    </span>
  )
}
