import type { Webhook } from '@clawdxcraft/protocol'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { EditWebhook } from './edit-webhook.tsx'
import { RemoveWebhook } from './remove-webhook.tsx'
import { ReplayWebhook } from './replay-webhook.tsx'
import { RotateWebhook } from './rotate-webhook.tsx'
import { SecretShown } from './secret-shown.tsx'
import { TestWebhook } from './test-webhook.tsx'
import { useRotate } from './use-rotate.ts'

/** The dialog that the address names, if any; a new secret is in no address. */
export function WebhookDialogs({ webhook }: { readonly webhook: Webhook }) {
  const [{ dialog, since }, change] = useSearchState()
  const rotating = useRotate(webhook)
  const isAdmin = useRole() === 'admin'
  const onClose = () => change({ dialog: '', since: '' })
  if (!isAdmin) return null
  const secret = rotating.data?.secret
  if (secret !== undefined) {
    return (
      <Dialog isKept onClose={rotating.reset} title="The new secret">
        <SecretShown onDone={rotating.reset} secret={secret} />
      </Dialog>
    )
  }
  switch (dialog) {
    case 'edit':
      return <EditWebhook onClose={onClose} webhook={webhook} />
    case 'test':
      return <TestWebhook onClose={onClose} webhook={webhook} />
    case 'replay':
      return <ReplayWebhook onClose={onClose} since={since ?? ''} webhook={webhook} />
    case 'rotate':
      return <RotateWebhook onClose={onClose} onRotate={rotating.mutate} webhook={webhook} />
    case 'remove':
      return <RemoveWebhook onClose={onClose} webhook={webhook} />
    default:
      return null
  }
}
