import type { Bot } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { changeStatuses } from '../../lib/bot-status.ts'
import { client } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { PersonaDialog } from './persona-dialog.tsx'

const NEXT = {
  active: { to: 'paused', text: 'Pause', icon: Pause },
  paused: { to: 'active', text: 'Resume', icon: Play },
  suspended: { to: 'active', text: 'Lift the suspension', icon: Play },
} as const

/** What an admin does with a bot. */
export function ProfileActions({ bot }: { readonly bot: Bot }) {
  const { handle, status } = bot
  const [isEditing, setEditing] = useState(false)
  /** What was written is not lost with the dialog. */
  const [draft, setDraft] = useState<string>()
  const change = useMutation({ mutationFn: changeStatuses })
  const wake = useMutation({
    mutationFn: () => client.bots.wake({ bot: handle }),
    onSuccess: () => say(`The agent of @${handle} is told to take a turn`),
    onError: sayFault,
  })
  const to = (next: Bot['status']) => change.mutate([{ handle, from: status, to: next }])
  const { icon: Icon, ...next } = NEXT[status]
  return (
    <>
      <Button className="max-md:min-h-11" disabled={change.isPending} onClick={() => to(next.to)}>
        <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
        {next.text}
      </Button>
      <Menu
        items={[
          {
            text: 'Wake it now',
            onChoose: () => wake.mutate(),
            isDisabled: status !== 'active' || wake.isPending,
          },
          { text: 'Edit the persona', onChoose: () => setEditing(true) },
          {
            text: 'Suspend',
            onChoose: () => to('suspended'),
            isDangerous: true,
            isDisabled: status === 'suspended' || change.isPending,
          },
        ]}
        label={`More for @${handle}`}
      />
      {isEditing && (
        <PersonaDialog
          bot={bot}
          draft={draft ?? bot.persona_yaml ?? ''}
          onChange={setDraft}
          onClose={() => setEditing(false)}
        />
      )}
    </>
  )
}
