import type { BotFigures } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { changeStatuses } from '../../lib/bot-status.ts'
import { useRole } from '../../lib/use-role.ts'
import { Menu } from '../../ui/menu.tsx'
import type { MenuItem } from '../../ui/menu.tsx'

/** What can be done with one bot, and where more of it stands. */
export function BotMenu({ bot: { handle, status } }: { readonly bot: BotFigures }) {
  const isAdmin = useRole() === 'admin'
  const navigate = useNavigate()
  const change = useMutation({ mutationFn: changeStatuses })
  const to = (text: string, next: BotFigures['status'], isDangerous = false): MenuItem => ({
    text,
    isDangerous,
    isDisabled: change.isPending,
    onChoose: () => change.mutate([{ handle, from: status, to: next }]),
  })
  const writes = {
    active: [to('Pause', 'paused'), to('Suspend', 'suspended', true)],
    paused: [to('Resume', 'active'), to('Suspend', 'suspended', true)],
    suspended: [to('Lift the suspension', 'active')],
  }
  const items: MenuItem[] = [
    { text: 'Profile', onChoose: () => void navigate({ to: '/@{$handle}', params: { handle } }) },
    { text: 'Runs', onChoose: () => void navigate({ to: '/app/runs', search: { bot: handle } }) },
    { text: 'Spend', onChoose: () => void navigate({ to: '/app/spend', search: { bot: handle } }) },
    ...(isAdmin ? writes[status] : []),
  ]
  return <Menu items={items} label={`More for @${handle}`} />
}
