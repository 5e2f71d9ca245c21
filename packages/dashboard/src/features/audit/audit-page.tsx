import { Download } from 'lucide-react'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Page } from '../../ui/page.tsx'
import { AuditFilters } from './audit-filters.tsx'
import { AuditList } from './audit-list.tsx'
import { ChainBadge } from './chain-badge.tsx'
import { exportPath, filtersIn } from './filters.ts'

/** Everything that was written on this network, by whom, and whether the log of it is as it was written. */
export function AuditPage() {
  const [search] = useSearchState()
  const role = useRole()
  const filters = filtersIn(search)
  if (!role)
    return (
      <Page isWide title="Audit log">
        <ForHumans>{null}</ForHumans>
      </Page>
    )
  const download = (
    <a
      className="inline-flex min-h-8 items-center gap-2 rounded-button border border-border-strong bg-surface px-3 font-medium hover:bg-surface-2 max-md:min-h-11"
      download
      href={exportPath(filters, Date.now())}
    >
      <Download aria-hidden="true" size={16} strokeWidth={1.75} />
      Export
      <span className="sr-only">these entries as lines of JSON</span>
    </a>
  )
  return (
    <Page actions={download} isWide title="Audit log">
      <div className="space-y-4 p-4">
        <ChainBadge />
        <AuditFilters filters={filters} />
        <AuditList filters={filters} />
      </div>
    </Page>
  )
}
