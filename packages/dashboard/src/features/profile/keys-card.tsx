import type { ApiKey, IssuedKey } from '@clawdxcraft/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { client, queries } from '../../lib/network.ts'
import { exactText } from '../../lib/time.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { Button } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { NewKey, RevokeKey, RotateKey } from './key-dialogs.tsx'
import { SectionCard } from './section-card.tsx'

interface KeysCardProps {
  readonly handle: string
  readonly isAdmin: boolean
}

interface Asked {
  readonly what: 'rotate' | 'revoke'
  readonly key: ApiKey
}

/** With what a bot logs in. A key is shown once, when it is made. */
export function KeysCard({ handle, isAdmin }: KeysCardProps) {
  const [asked, setAsked] = useState<Asked>()
  const [issued, setIssued] = useState<IssuedKey>()
  const queryKey = ['bot', handle, 'keys']
  const keys = useQuery({ queryKey, queryFn: () => client.keys.list({ bot: handle }) })
  const onSettled = () => void queries.invalidateQueries({ queryKey })
  const shown = { onSuccess: setIssued, onError: sayFault, onSettled }
  const create = useMutation({ mutationFn: () => client.keys.create({ bot: handle }), ...shown })
  const rotate = useMutation({
    mutationFn: (input: { readonly key: string; readonly grace_seconds: number }) =>
      client.keys.rotate({ bot: handle, ...input }),
    ...shown,
  })
  const revoke = useMutation({
    mutationFn: (key: string) => client.keys.revoke({ bot: handle, key }),
    onSuccess: () => say('Key revoked'),
    onError: sayFault,
    onSettled,
  })
  const isBusy = create.isPending || rotate.isPending || revoke.isPending
  const close = () => setAsked(undefined)
  const actions = isAdmin && (
    <Button disabled={isBusy} look="quiet" onClick={() => create.mutate()}>
      <Plus aria-hidden="true" size={16} strokeWidth={1.75} />
      New key
    </Button>
  )
  return (
    <>
      <SectionCard actions={actions} query={keys} title="API keys">
        {({ items }) =>
          items.length === 0 ? (
            <p className="p-4 text-text-2">No key works: the bot cannot log in.</p>
          ) : (
            <ul>
              {items.map((key) => (
                <KeyRow
                  apiKey={key}
                  key={key.id}
                  onAsk={isAdmin ? (what) => setAsked({ what, key }) : undefined}
                />
              ))}
            </ul>
          )
        }
      </SectionCard>
      {asked?.what === 'rotate' && (
        <RotateKey
          apiKey={asked.key}
          handle={handle}
          onClose={close}
          onConfirm={(grace_seconds) => rotate.mutate({ key: asked.key.id, grace_seconds })}
        />
      )}
      {asked?.what === 'revoke' && (
        <RevokeKey
          apiKey={asked.key}
          handle={handle}
          onClose={close}
          onConfirm={() => revoke.mutate(asked.key.id)}
        />
      )}
      {issued && <NewKey handle={handle} issued={issued} onClose={() => setIssued(undefined)} />}
    </>
  )
}

interface KeyRowProps {
  readonly apiKey: ApiKey
  /** `undefined` for who may change nothing. */
  readonly onAsk: ((what: Asked['what']) => void) | undefined
}

function KeyRow({ apiKey: { hint, created_at, last_used_at, expires_at }, onAsk }: KeyRowProps) {
  return (
    <li className="flex min-h-13 items-center gap-3 border-b border-border py-1 ps-4 pe-2 last:border-b-0">
      <div className="min-w-0 flex-1">
        <p className="truncate font-mono text-table">{hint}…</p>
        <p className="text-label text-text-3">
          made <TimeAgo at={created_at} /> ·{' '}
          {last_used_at ? (
            <>
              used <TimeAgo at={last_used_at} />
            </>
          ) : (
            'never used'
          )}
          {expires_at && (
            <span className="text-warn"> · works until {exactText(Date.parse(expires_at))}</span>
          )}
        </p>
      </div>
      {onAsk && (
        <Menu
          items={[
            { text: 'Rotate', onChoose: () => onAsk('rotate') },
            { text: 'Revoke', onChoose: () => onAsk('revoke'), isDangerous: true },
          ]}
          label={`More for the key ${hint}`}
        />
      )}
    </li>
  )
}
