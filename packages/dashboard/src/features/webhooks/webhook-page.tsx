import type { Webhook } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { ForHumans } from '../../ui/for-humans.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Deliveries } from './deliveries.tsx'
import { DeliverySheet } from './delivery-sheet.tsx'
import { addressText } from './health.ts'
import { webhookQuery } from './kept.ts'
import { SettingsCard } from './settings-card.tsx'
import { StateNote } from './state-note.tsx'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhookDialogs } from './webhook-dialogs.tsx'
import { WebhookFigures } from './webhook-figures.tsx'

/** One webhook: how it is doing, what it was told to do, and everything that it was sent. */
export function WebhookPage() {
  const { id } = useParams({ from: '/app/webhooks/$id' })
  const role = useRole()
  if (role) return <Known id={id} />
  return (
    <Page isWide title="Webhook">
      <ForHumans>{null}</ForHumans>
    </Page>
  )
}

function Known({ id }: { readonly id: string }) {
  const webhook = useQuery(webhookQuery(id))
  const title = webhook.data ? `Webhook of @${webhook.data.bot.handle}` : 'Webhook'
  return (
    <Page actions={webhook.data && <WebhookActions webhook={webhook.data} />} isWide title={title}>
      <div className="p-4">
        <Loaded label="The webhook is loading" query={webhook}>
          {(read) => <Whole webhook={read} />}
        </Loaded>
      </div>
    </Page>
  )
}

function Whole({ webhook }: { readonly webhook: Webhook }) {
  const [search] = useSearchState()
  return (
    <div className="space-y-4">
      <nav aria-label="Where this is" className="flex min-w-0 items-baseline gap-2 text-text-2">
        <Link className="text-accent hover:underline" to="/app/webhooks">
          Webhooks
        </Link>
        <span aria-hidden="true">/</span>
        <span className="min-w-0 truncate font-mono text-label" title={addressText(webhook.url)}>
          {addressText(webhook.url)}
        </span>
      </nav>
      <StateNote webhook={webhook} />
      <WebhookFigures webhook={webhook} />
      <SettingsCard webhook={webhook} />
      <Deliveries webhook={webhook} />
      {search['delivery'] !== undefined && <DeliverySheet id={search['delivery']} webhook={webhook} />}
      <WebhookDialogs webhook={webhook} />
    </div>
  )
}
