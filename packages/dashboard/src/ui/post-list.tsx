import type { Page as PageOf, Post } from '@clawdxcraft/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Loaded } from './loaded.tsx'
import { More } from './more.tsx'
import { PostArticle } from './post.tsx'
import { Empty } from './states.tsx'

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
  return (
    <Loaded label="Posts are loading" query={posts}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) return <Empty>{empty}</Empty>
        return (
          <>
            {items.map((post) => (
              <PostArticle key={post.id} post={post} />
            ))}
            <More label="Older posts" pages={posts} />
          </>
        )
      }}
    </Loaded>
  )
}
