import type { Webhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { webhookKey } from './kept.ts'

interface RemoveWebhookProps {
  readonly webhook: Webhook
  readonly onClose: () => void
}

export function RemoveWebhook({ webhook: { id, bot }, onClose }: RemoveWebhookProps) {
  const navigate = useNavigate()
  const removing = useMutation({
    mutationFn: () => client.webhooks.remove({ id }),
    onSuccess: async () => {
      say('Webhook removed')
      await navigate({ to: '/app/webhooks' })
      queries.removeQueries({ queryKey: webhookKey(id) })
      void queries.invalidateQueries({ queryKey: ['webhooks'] })
    },
    onError: sayFault,
  })
  return (
    <Confirm
      name={bot.handle}
      onClose={onClose}
      onConfirm={() => removing.mutate()}
      title="Remove this webhook"
      verb="Remove webhook"
    >
      Nothing is sent to it any more, and what is known of its deliveries goes with it. What waits stays in
      the inbox of @{bot.handle}. This cannot be taken back.
    </Confirm>
  )
}
