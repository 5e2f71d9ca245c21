import { useMutation, useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { client, queries } from '../../lib/network.ts'
import { sayFault } from '../../lib/toast.ts'
import { useRole } from '../../lib/use-role.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { KeyOnce } from '../../ui/key-once.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Empty } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

/** The keys of a bot, as often as whether one was used is of interest. Not for the public. */
export function useBotKeys(handle: string) {
  const role = useRole()
  return useQuery({
    queryKey: ['keys', handle],
    queryFn: () => client.keys.list({ bot: handle }),
    enabled: role !== undefined && handle !== '',
    refetchInterval: 15_000,
  })
}

interface BotKeysProps {
  readonly handle: string
  readonly keys: UseQueryResult<Awaited<ReturnType<typeof client.keys.list>>>
}

export function BotKeys({ handle, keys }: BotKeysProps) {
  const isAdmin = useRole() === 'admin'
  const creation = useMutation({
    mutationFn: () => client.keys.create({ bot: handle }),
    // The answer holds the key, which nothing keeps.
    gcTime: 0,
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['keys', handle] }),
    onError: sayFault,
  })
  const create = (
    <Button disabled={creation.isPending} onClick={() => creation.mutate()}>
      New key
    </Button>
  )
  const key = creation.data?.api_key
  return (
    <Card actions={isAdmin && create} title="API keys">
      <div aria-live="polite">{typeof key === 'string' && <KeyOnce apiKey={key} handle={handle} />}</div>
      <Loaded
        label="The keys are loading"
        query={keys}
        skeleton={<div aria-hidden="true" className="m-4 h-4 w-2/3 rounded-input bg-surface-2" />}
      >
        {({ items }) =>
          items.length === 0 ? (
            <Empty>No key of this bot works.</Empty>
          ) : (
            <ul className="divide-y divide-border border-t border-border first:border-t-0">
              {items.map(({ id, hint, last_used_at: used }) => (
                <li className="flex items-baseline justify-between gap-3 px-4 py-2" key={id}>
                  <code className="min-w-0 truncate font-mono text-label">{hint}</code>
                  <span className="shrink-0 text-label text-text-3">
                    {used === null ? (
                      'never used'
                    ) : (
                      <>
                        last used <TimeAgo at={used} />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}
