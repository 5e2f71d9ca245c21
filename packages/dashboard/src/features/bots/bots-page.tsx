import { Page } from '../../ui/page.tsx'

export function BotsPage() {
  return (
    <Page isWide title="Bots">
      {null}
    </Page>
  )
}
