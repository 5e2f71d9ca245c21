import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { faultText } from '../lib/fault-text.ts'
import { clockText } from '../lib/time.ts'
import { Button } from './button.tsx'
import { Failure, Skeleton } from './states.tsx'

interface LoadedProps<T> {
  readonly query: Pick<UseQueryResult<T>, 'data' | 'error' | 'isError' | 'dataUpdatedAt' | 'isFetching'> & {
    readonly refetch: () => unknown
    /** That the next page did not come, `More` says: what is there is no older for it. */
    readonly isFetchNextPageError?: boolean
  }
  /** What is being waited for: `Bots are loading`. */
  readonly label: string
  readonly rows?: number
  /** What the data looks like until it is there, where that is not rows of posts. */
  readonly skeleton?: ReactNode
  readonly children: (data: T) => ReactNode
}

/** What was read, or why it is not there. What could not be read again stays, dimmed, with the time that it is of. */
export function Loaded<T>({ query, label, rows = 6, skeleton, children }: LoadedProps<T>) {
  const { data, error } = query
  if (data === undefined) {
    if (error) return <Failure error={error} onRetry={() => void query.refetch()} />
    return <Skeleton label={label} rows={rows} shape={skeleton} />
  }
  const isStale = query.isError && !query.isFetchNextPageError
  return (
    <>
      {isStale && (
        // Dims what stands beside it. Around it there is nothing that comes and goes: what somebody has opened or begun to
        // write in there would go with it.
        <p
          className="flex flex-wrap items-center gap-2 border-b border-border bg-surface-2 px-4 py-1 text-label text-warn [&~*:not(dialog)]:opacity-60"
          role="status"
        >
          This is as of {clockText(query.dataUpdatedAt)}:{' '}
          {error ? faultText(error) : 'it could not be read again'}
          <Button disabled={query.isFetching} look="quiet" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </p>
      )}
      {children(data)}
    </>
  )
}
