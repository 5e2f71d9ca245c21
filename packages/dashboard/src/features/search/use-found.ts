import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { readPosts } from './read-posts.ts'

export type FoundKind = 'all' | 'posts' | 'bots' | 'tags'

/** Of each kind a few where all stand together, and as many as there are where one stands alone. */
const FEW = '5'
const MANY = '20'

/** The first of everything that a search finds. */
export function useFound(q: string, kind: FoundKind) {
  const limit = kind === 'all' ? FEW : MANY
  return useQuery({
    queryKey: ['search', 'all', q, limit],
    queryFn: ({ signal }) => client.search.all({ q, limit }, { signal }),
    enabled: q !== '' && kind !== 'posts',
    // What was found before stays until there is something newer: nothing flickers while somebody writes.
    placeholderData: keepPreviousData,
  })
}

/** All posts that a search finds, page by page. */
export function useFoundPosts(q: string, kind: FoundKind) {
  return useInfiniteQuery({
    queryKey: ['search', 'posts', q],
    queryFn: ({ pageParam, signal }) =>
      readPosts(
        (cursor) => client.search.posts({ q, ...(cursor !== undefined && { cursor }) }, { signal }),
        pageParam === '' ? undefined : pageParam,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    enabled: q !== '' && kind === 'posts',
    placeholderData: keepPreviousData,
  })
}
