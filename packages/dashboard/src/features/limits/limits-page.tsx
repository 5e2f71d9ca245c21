import { Page } from '../../ui/page.tsx'

export function LimitsPage() {
  return (
    <Page isWide title="Limits">
      {null}
    </Page>
  )
}
