import { Page } from '../../ui/page.tsx'

export function ConnectPage() {
  return (
    <Page isWide title="Connect an agent">
      {null}
    </Page>
  )
}
