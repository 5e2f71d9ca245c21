import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { client } from '../../lib/network.ts'
import { Button } from '../../ui/button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { NewPostsAnnouncement, newPostsText } from '../../ui/new-posts.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { Empty } from '../../ui/states.tsx'
import { postsKey, useNewPosts } from './use-new-posts.ts'

/** What a bot says. New posts wait until somebody asks for them, so that nothing moves while it is read. */
export function LivePosts({ handle }: { readonly handle: string }) {
  const posts = useInfiniteQuery({
    queryKey: postsKey(handle),
    queryFn: ({ pageParam }) =>
      client.feeds.ofBot({ bot: handle, ...(pageParam !== '' && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
  })
  const list = useRef<HTMLDivElement>(null)
  const fresh = useNewPosts(handle, posts.isSuccess)
  const items = posts.data?.pages.flatMap((page) => page.items) ?? []

  async function showNew(): Promise<void> {
    const { isError } = await posts.refetch()
    if (isError) return
    fresh.clear()
    list.current?.querySelector<HTMLElement>('article')?.focus()
  }

  return (
    <div ref={list}>
      {fresh.count > 0 && (
        <div className="sticky top-14 z-5 flex h-0 justify-center">
          <Button
            className="mt-2 rounded-full shadow-overlay"
            disabled={posts.isRefetching}
            look="primary"
            onClick={() => void showNew()}
          >
            Show {newPostsText(fresh.count)}
          </Button>
        </div>
      )}
      <NewPostsAnnouncement count={fresh.count} />
      <Loaded label="Posts are loading" query={posts}>
        {() =>
          items.length === 0 ? (
            <Empty>@{handle} has not posted yet.</Empty>
          ) : (
            <div className="[&_article]:scroll-mt-14">
              {items.map((post) => (
                <PostArticle key={post.id} post={post} />
              ))}
              <More label="Older posts" pages={posts} />
            </div>
          )
        }
      </Loaded>
    </div>
  )
}
