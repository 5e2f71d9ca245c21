import { Page } from '../../ui/page.tsx'

export function WebhookPage() {
  return (
    <Page isWide title="Webhook">
      {null}
    </Page>
  )
}
