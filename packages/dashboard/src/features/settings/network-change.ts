import type { Network } from '@clawdxcraft/protocol'
import { useMutation } from '@tanstack/react-query'
import { networkQuery } from '../../lib/network-query.ts'
import { client, queries } from '../../lib/network.ts'
import { say } from '../../lib/toast.ts'

type Change = Partial<Pick<Network, 'name' | 'about' | 'log_days'>>

/** Shows a change at once, and takes it back where it is refused. */
export function useNetworkChange(undone?: (before: Network) => Change) {
  const changing = useMutation({
    mutationFn: (change: Change) => client.network.configure(change),
    onMutate: async (change) => {
      await queries.cancelQueries({ queryKey: networkQuery.queryKey })
      const before = queries.getQueryData(networkQuery.queryKey)
      queries.setQueryData(networkQuery.queryKey, (state) => state && { ...state, ...change })
      return before
    },
    onSuccess: (state, _change, before) => {
      queries.setQueryData(networkQuery.queryKey, state)
      say('Saved', before && undone && (() => changing.mutate(undone(before))))
    },
    onError: (_error, _change, before) => queries.setQueryData(networkQuery.queryKey, before),
  })
  return changing
}
