import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import type { InfiniteData } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { queryOf } from './filters.ts'
import type { Filters } from './filters.ts'
import { PAGE_SIZE, newIn, readRuns, withNew } from './read-runs.ts'
import type { RunPage } from './read-runs.ts'

const NEW_EVERY_MS = 15_000

/** Runs that match, newest first. What is new is counted and waits, so that nothing moves below whoever reads. */
export function useRuns(filters: Filters) {
  const queries = useQueryClient()
  const list = (cursor: string | undefined) =>
    client.runs.list({
      ...queryOf(filters, Date.now()),
      limit: String(PAGE_SIZE),
      ...(cursor !== undefined && { cursor }),
    })
  const queryKey = ['runs', filters]
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => readRuns(list, pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: Infinity,
  })
  const shown = pages.data?.pages ?? []
  const head = useQuery({
    queryKey: ['newest runs', filters],
    queryFn: () => list(undefined),
    enabled: pages.data !== undefined,
    initialData: shown[0],
    initialDataUpdatedAt: pages.dataUpdatedAt,
    refetchInterval: NEW_EVERY_MS,
  })
  const fresh = head.data ? newIn(shown, head.data).length : 0

  function showNew(): void {
    const { data } = head
    if (!data) return
    queries.setQueryData<InfiniteData<RunPage, string>>(queryKey, (old) => {
      if (!old) return old
      const next = withNew(old.pages, data)
      const added = next.length - old.pages.length
      return { pages: next, pageParams: added > 0 ? ['', ...old.pageParams] : [''] }
    })
  }

  return { pages, head, shown, fresh, showNew }
}
