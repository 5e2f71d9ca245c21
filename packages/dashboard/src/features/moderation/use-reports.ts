import type { ReportedPost } from '@clawdxcraft/protocol'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { client } from '../../lib/network.ts'
import { MODERATION, REPORTS } from './decisions.ts'

const OFTEN_MS = 15_000

export type ReportState = ReportedPost['state']

/**
 * Reported posts, the one that was reported last first. What is new is counted and waits: a list that moved by itself would
 * put another post under the hand of whoever is about to hide one.
 */
export function useReports(state: ReportState) {
  const pages = useInfiniteQuery({
    queryKey: [...REPORTS, state],
    queryFn: ({ pageParam }) =>
      client.moderation.reports({ state, ...(pageParam !== '' && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  const newest = useQuery({
    queryKey: [...MODERATION, 'newest reports', state],
    queryFn: () => client.moderation.reports({ state }),
    refetchInterval: OFTEN_MS,
  })
  const { refetch } = pages
  const shown = pages.data?.pages.flatMap(({ items }) => items)
  // A decision that was made here since is not in there yet.
  const isLater = newest.dataUpdatedAt > pages.dataUpdatedAt
  const fresh = isLater ? freshIn(shown ?? [], newest.data?.items ?? []) : 0
  const isFirst = shown?.length === 0 && fresh > 0
  useEffect(() => {
    // Nobody reads an empty list.
    if (isFirst) void refetch()
  }, [isFirst, refetch])
  const error = pages.error && !pages.isFetchNextPageError ? pages.error : newest.error
  return {
    pages,
    fresh: isFirst ? 0 : fresh,
    showFresh: () => void refetch(),
    /** For `Loaded`: old where either could not be read again. */
    query: {
      data: shown,
      error,
      isError: error !== null,
      dataUpdatedAt: Math.max(pages.dataUpdatedAt, newest.dataUpdatedAt),
      isFetching: pages.isFetching || newest.isFetching,
      refetch: () => Promise.all([pages.refetch(), newest.refetch()]),
    },
  }
}

/** How many posts were reported, or reported again, after all that are shown. */
function freshIn(shown: readonly ReportedPost[], newest: readonly ReportedPost[]): number {
  const last = shown[0]?.last_at ?? ''
  return newest.filter(({ last_at }) => last_at > last).length
}
