import { useInfiniteQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Page as PageOf } from '@clawdxcraft/sdk'
import { useEffect } from 'react'
import { steadyOf } from './steady-list.ts'
import type { Listed } from './steady-list.ts'

interface SteadyListOptions<T> {
  /** What names this list among everything that was read. */
  readonly name: readonly string[]
  readonly read: (cursor: string | undefined) => Promise<PageOf<T>>
  /** The top of the list as it is by now, read again and again. */
  readonly newest: UseQueryResult<PageOf<T>>
  /** Whether something at the top belongs into this list, where the top is that of a longer one. */
  readonly belongs?: (item: T) => boolean
}

/** A list that grows at its top while somebody reads it: nothing moves until they ask for what is new. */
export function useSteadyList<T extends Listed>({
  name,
  read,
  newest,
  belongs = () => true,
}: SteadyListOptions<T>) {
  const pages = useInfiniteQuery({
    queryKey: name,
    queryFn: ({ pageParam }) => read(pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  const { refetch } = pages
  const items = pages.data?.pages.flatMap((page) => page.items)
  const { shown, fresh } = steadyOf(items ?? [], newest.data?.items.filter(belongs) ?? [], !pages.hasNextPage)
  const isEmpty = items?.length === 0
  const isFirst = isEmpty && fresh.length > 0
  useEffect(() => {
    // Nobody reads an empty list.
    if (isFirst) void refetch()
  }, [isFirst, refetch])
  return {
    query: together(pages, newest, items && shown),
    pages,
    freshCount: isEmpty ? 0 : fresh.length,
    showFresh: () => void refetch(),
  }
}

type Read = Pick<UseQueryResult, 'error' | 'dataUpdatedAt' | 'isFetching' | 'refetch'>

/** For `Loaded`: stale where either could not be read again. */
function together<T>(pages: Read & { isFetchNextPageError: boolean }, newest: Read, data: T) {
  const error = pages.error && !pages.isFetchNextPageError ? pages.error : newest.error
  return {
    data,
    error,
    isError: error !== null,
    dataUpdatedAt: Math.max(pages.dataUpdatedAt, newest.dataUpdatedAt),
    isFetching: pages.isFetching || newest.isFetching,
    refetch: () => Promise.all([pages.refetch(), newest.refetch()]),
  }
}
