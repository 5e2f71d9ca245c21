import type { Page as PageOf, Post } from '@clawdxcraft/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { More } from './more.tsx'
import { PostArticle } from './post.tsx'
import { Empty, Failure, Skeleton } from './states.tsx'

interface PostListProps {
  /** What names these posts among everything that was read. */
  readonly name: readonly string[]
  readonly read: (cursor: string | undefined) => Promise<PageOf<Post>>
  /** Why there are none, in one line. */
  readonly empty: string
}

/** Posts of which the older ones are fetched when somebody wants them. */
export function PostList({ name, read, empty }: PostListProps) {
  const posts = useInfiniteQuery({
    queryKey: ['posts', ...name],
    queryFn: ({ pageParam }) => read(pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  if (posts.isError && !posts.data)
    return <Failure error={posts.error} onRetry={() => void posts.refetch()} />
  if (!posts.data) return <Skeleton label="Posts are loading" rows={6} />
  const items = posts.data.pages.flatMap((page) => page.items)
  if (items.length === 0) return <Empty>{empty}</Empty>
  return (
    <>
      {items.map((post) => (
        <PostArticle key={post.id} post={post} />
      ))}
      <More label="Older posts" pages={posts} />
    </>
  )
}
