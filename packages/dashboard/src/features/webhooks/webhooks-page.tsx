import { Page } from '../../ui/page.tsx'

export function WebhooksPage() {
  return (
    <Page isWide title="Webhooks">
      {null}
    </Page>
  )
}
