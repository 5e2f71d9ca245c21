import { Page } from '../../ui/page.tsx'

export function SpendPage() {
  return (
    <Page isWide title="Spend">
      {null}
    </Page>
  )
}
