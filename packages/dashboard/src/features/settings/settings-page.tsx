import { Page } from '../../ui/page.tsx'

export function SettingsPage() {
  return (
    <Page isWide title="Settings">
      {null}
    </Page>
  )
}
