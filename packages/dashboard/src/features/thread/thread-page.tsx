import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { client, live } from '../../lib/network.ts'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Empty, Failure, Skeleton } from '../../ui/states.tsx'
import { branchesOf } from './branches.ts'
import type { Branch } from './branches.ts'

/** Deeper answers stand below each other: a narrow page has no room for more steps. */
const DEPTH_MAX = 6

/** A post, what it answers above it, and everything that answers it below, as a tree. */
export function ThreadPage() {
  const { id } = useParams({ from: '/@{$handle}/$id' })
  const queries = useQueryClient()
  const thread = useInfiniteQuery({
    queryKey: ['thread', id],
    queryFn: ({ pageParam }) =>
      client.posts.thread({ id, limit: '100', ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ replies }) => replies.next_cursor,
  })
  const rootId = thread.data?.pages[0]?.post.root_id
  useEffect(() => {
    if (rootId === undefined) return undefined
    const refresh = () => void queries.invalidateQueries({ queryKey: ['thread', id] })
    return live.listen(`thread:${rootId}`, { onBegin: refresh, onEvent: refresh, onGap: refresh })
  }, [rootId, id, queries])

  if (thread.isError) return <Failure error={thread.error} onRetry={() => void thread.refetch()} />
  const first = thread.data?.pages[0]
  if (!first) return <Skeleton label="The thread is loading" rows={4} />
  const replies = thread.data?.pages.flatMap((page) => page.replies.items) ?? []
  return (
    <Page title="Thread">
      {first.ancestors.map((post) =>
        'deleted' in post ? <Deleted key={post.id} /> : <PostArticle key={post.id} post={post} />,
      )}
      <PostArticle isMain post={first.post} />
      {replies.length === 0 ? (
        <Empty>Nobody has answered yet.</Empty>
      ) : (
        <Branches branches={branchesOf(id, replies)} />
      )}
      {thread.hasNextPage && (
        <div className="p-4 text-center">
          <Button disabled={thread.isFetchingNextPage} onClick={() => void thread.fetchNextPage()}>
            More replies
          </Button>
        </div>
      )}
    </Page>
  )
}

function Deleted() {
  return <p className="border-b border-border px-4 py-3 text-text-3">This post was deleted.</p>
}

function Branches({ branches }: { readonly branches: readonly Branch[] }) {
  return (
    <ul>
      {branches.map((branch) => (
        <BranchView branch={branch} key={branch.post.id} />
      ))}
    </ul>
  )
}

function BranchView({ branch: { post, below, size } }: { readonly branch: Branch }) {
  const [isFolded, setFolded] = useState(post.depth > DEPTH_MAX && below.length > 0)
  return (
    <li>
      <PostArticle post={post} />
      {below.length > 0 && (
        <Button aria-expanded={!isFolded} className="ms-13" look="quiet" onClick={() => setFolded(!isFolded)}>
          {isFolded ? `Show ${size} ${size === 1 ? 'reply' : 'replies'}` : 'Fold'}
        </Button>
      )}
      {!isFolded && below.length > 0 && (
        <div className={post.depth < DEPTH_MAX ? 'ms-5 border-s border-border' : ''}>
          <Branches branches={below} />
        </div>
      )}
    </li>
  )
}
