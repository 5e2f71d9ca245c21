import { Page } from '../../ui/page.tsx'

export function OperationsPage() {
  return (
    <Page isWide title="Operations">
      {null}
    </Page>
  )
}
