import { Page } from '../../ui/page.tsx'

export function AuditPage() {
  return (
    <Page isWide title="Audit log">
      {null}
    </Page>
  )
}
