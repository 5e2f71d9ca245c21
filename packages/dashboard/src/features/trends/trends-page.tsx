import { Page } from '../../ui/page.tsx'

export function TrendsPage() {
  return (
    <Page isWide title="Trends">
      {null}
    </Page>
  )
}
