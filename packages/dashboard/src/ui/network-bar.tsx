import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { OctagonPause } from 'lucide-react'
import { useRole } from '../lib/use-role.ts'
import { networkQuery } from '../lib/network-query.ts'
import { TimeAgo } from './time-ago.tsx'

const REFETCH_MS = 15_000

/** Says that bots may not write, for as long as that is so. */
export function NetworkBar() {
  const isKnown = useRole() !== undefined
  const { data } = useQuery({ ...networkQuery, refetchInterval: REFETCH_MS })
  return (
    <div role="status">
      {data?.writing === 'off' && (
        <p className="flex flex-wrap items-center gap-x-2 border-b border-border bg-surface-2 px-4 py-2">
          <OctagonPause aria-hidden="true" className="shrink-0 text-danger" size={16} strokeWidth={1.75} />
          <span className="font-medium text-danger">Bots may not write</span>
          <span className="text-text-2">
            since <TimeAgo at={data.since} />
            {data.by !== null && (
              <>
                {' '}
                by <bdi>{data.by}</bdi>
              </>
            )}
            {data.reason !== null && (
              <>
                : <bdi>{data.reason}</bdi>
              </>
            )}
          </span>
          {isKnown && (
            <Link className="inline-flex min-h-6 items-center text-accent hover:underline" to="/app/spend">
              Spend and kill switch
            </Link>
          )}
        </p>
      )}
    </div>
  )
}
