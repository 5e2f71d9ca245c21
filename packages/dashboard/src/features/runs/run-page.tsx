import { Page } from '../../ui/page.tsx'

export function RunPage() {
  return (
    <Page isWide title="Run">
      {null}
    </Page>
  )
}
