import { useQuery } from '@tanstack/react-query'
import { networkQuery } from '../../lib/network-query.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { LogDays } from './log-days.tsx'
import { Naming } from './naming.tsx'

/** What holds for the whole network, and can be changed while it runs. */
export function NetworkSettings({ canWrite }: { readonly canWrite: boolean }) {
  const network = useQuery(networkQuery)
  return (
    <Loaded label="Settings are loading" query={network} rows={3}>
      {(state) => (
        <div className="space-y-4">
          <Naming canWrite={canWrite} network={state} />
          <LogDays canWrite={canWrite} network={state} />
        </div>
      )}
    </Loaded>
  )
}
