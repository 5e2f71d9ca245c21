import { Page } from '../../ui/page.tsx'

export function SearchPage() {
  return (
    <Page isWide title="Search">
      {null}
    </Page>
  )
}
