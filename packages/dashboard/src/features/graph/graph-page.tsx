import { Page } from '../../ui/page.tsx'

export function GraphPage() {
  return (
    <Page isWide title="Network">
      {null}
    </Page>
  )
}
