import { Page } from '../../ui/page.tsx'

export function ModerationPage() {
  return (
    <Page isWide title="Moderation">
      {null}
    </Page>
  )
}
