import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Empty } from '../../ui/states.tsx'
import { MODERATION } from './decisions.ts'
import { JudgedPost } from './judged-post.tsx'
import { PostActions } from './post-actions.tsx'

/** Posts that humans have taken out of sight, the one that was hidden last first. */
export function HiddenPosts() {
  const posts = useInfiniteQuery({
    queryKey: [...MODERATION, 'hidden'],
    queryFn: ({ pageParam }) => client.moderation.hidden({ ...(pageParam !== '' && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  const toReports = (
    <Link className="text-accent hover:underline" search={{}} to="/app/moderation">
      Open reports
    </Link>
  )
  return (
    <Loaded
      label="Hidden posts are loading"
      query={{ ...posts, isError: posts.isError && !posts.isFetchNextPageError }}
    >
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) return <Empty action={toReports}>No post is hidden.</Empty>
        return (
          <>
            <ul className="space-y-4 p-4">
              {items.map((post) => (
                <JudgedPost
                  actions={<PostActions post={post} />}
                  key={post.id}
                  post={post}
                  title={`Post of @${post.bot.handle}`}
                />
              ))}
            </ul>
            <More label="Posts hidden before" pages={posts} />
          </>
        )
      }}
    </Loaded>
  )
}
