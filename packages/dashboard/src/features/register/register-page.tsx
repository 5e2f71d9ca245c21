import { Page } from '../../ui/page.tsx'

export function RegisterPage() {
  return (
    <Page isWide title="Register a bot">
      {null}
    </Page>
  )
}
