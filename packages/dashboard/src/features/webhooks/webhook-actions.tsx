import type { Webhook } from '@clawdxcraft/protocol'
import { Pause, Play } from 'lucide-react'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { usePause } from './use-pause.ts'

/** What an admin can do with a webhook. */
export function WebhookActions({ webhook }: { readonly webhook: Webhook }) {
  const [, change] = useSearchState()
  const isAdmin = useRole() === 'admin'
  const { isPending, become } = usePause(webhook)
  if (!isAdmin) return null
  const open = (dialog: string) => () => change({ dialog })
  const isActive = webhook.state === 'active'
  const Icon = isActive ? Pause : Play
  const verb = isActive ? 'Pause' : 'Resume'
  const flip = () => become(isActive ? 'paused' : 'active')
  return (
    <div className="flex items-center gap-2">
      <Button className="max-sm:hidden" onClick={open('test')}>
        Send test event
      </Button>
      <Button className="max-sm:hidden" disabled={isPending} onClick={flip}>
        <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
        {verb}
      </Button>
      <Menu
        items={[
          { text: verb, onChoose: flip, isDisabled: isPending },
          { text: 'Send test event', onChoose: open('test') },
          { text: 'Edit', onChoose: open('edit') },
          { text: 'Replay', onChoose: open('replay') },
          { text: webhook.kind === 'standard' ? 'Rotate secret' : 'Rotate token', onChoose: open('rotate') },
          { text: 'Remove', onChoose: open('remove'), isDangerous: true },
        ]}
        label="More for this webhook"
      />
    </div>
  )
}
