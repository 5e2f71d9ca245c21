import type { Webhook } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { client, queries } from '../../lib/network.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { keepWebhook, lookAgain, webhookQuery } from './kept.ts'

type Wanted = 'active' | 'paused'

/** Pauses a webhook or lets it go on: shown at once, and put back where the server refuses. */
export function usePause({ id }: Pick<Webhook, 'id'>) {
  const { queryKey } = webhookQuery(id)
  const pausing = useMutation({
    mutationFn: (state: Wanted) => client.webhooks.update({ id, state }),
    onMutate: async (state) => {
      await queries.cancelQueries({ queryKey })
      const before = queries.getQueryData(queryKey)
      if (before) queries.setQueryData(queryKey, { ...before, state })
      return before
    },
    onError: (error, _state, before) => {
      if (before) queries.setQueryData(queryKey, before)
      sayFault(error)
    },
    onSuccess: (webhook) => {
      keepWebhook(webhook)
      lookAgain(id)
    },
  })
  return {
    isPending: pausing.isPending,
    become(state: Wanted): void {
      const back = state === 'paused' ? 'active' : 'paused'
      pausing.mutate(state, {
        onSuccess: () =>
          say(state === 'paused' ? 'Webhook paused' : 'Webhook goes on', () => pausing.mutate(back)),
      })
    },
  }
}
