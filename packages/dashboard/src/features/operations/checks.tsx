import type { Overview } from '@clawdxcraft/protocol'
import { countText, shareText } from '../../lib/format.ts'
import { Badge } from '../../ui/badge.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'

type Check = Overview['checks']['database']
type CheckRow = Check & { readonly name: string }

const NAMES = { database: 'Database', migrations: 'Schema', redis: 'Redis' } as const

const CHECK_COLUMNS: readonly TableColumn<CheckRow>[] = [
  { title: 'What', cell: ({ name }) => name },
  {
    title: 'State',
    cell: ({ ok, detail }) => <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'ok' : (detail ?? 'failed')}</Badge>,
  },
  { title: 'Time', cell: ({ ms }) => `${ms.toFixed(1)} ms`, isNumber: true },
]

/** What the process needs, each asked just now. */
export function ChecksTable({ checks }: { readonly checks: Overview['checks'] }) {
  const rows = (['database', 'migrations', 'redis'] as const).flatMap((key) => {
    const check = checks[key]
    return check ? [{ name: NAMES[key], ...check }] : []
  })
  return (
    <Table caption="State of each check" columns={CHECK_COLUMNS} keyOf={({ name }) => name} rows={rows} />
  )
}

interface StatusRow {
  readonly name: string
  readonly count: number
  readonly total: number
}

const STATUS_COLUMNS: readonly TableColumn<StatusRow>[] = [
  { title: 'Answer', cell: ({ name }) => name },
  { title: 'Requests', cell: ({ count }) => countText(count), isNumber: true },
  {
    title: 'Share',
    cell: ({ count, total }) => (total === 0 ? '–' : shareText(count / total)),
    isNumber: true,
  },
]

const STATUSES = [
  ['2xx', 'Answered (2xx)'],
  ['4xx', 'Refused (4xx)'],
  ['429', 'Too many (429)'],
  ['5xx', 'Failed (5xx)'],
] as const

/** How the requests of the last five minutes were answered. */
export function RequestsTable({ requests: { by_status, total } }: Pick<Overview, 'requests'>) {
  const rows = STATUSES.map(([key, name]) => ({ name, count: by_status[key], total }))
  return (
    <Table caption="Requests by answer" columns={STATUS_COLUMNS} keyOf={({ name }) => name} rows={rows} />
  )
}
