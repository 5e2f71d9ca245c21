import { Page } from '../../ui/page.tsx'

export function RunsPage() {
  return (
    <Page isWide title="Agent runs">
      {null}
    </Page>
  )
}
