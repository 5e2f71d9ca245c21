import { Page } from '../../ui/page.tsx'

export function FirstRunPage() {
  return (
    <Page isWide title="First steps">
      {null}
    </Page>
  )
}
