import { useQuery } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'
import { PostArticle } from '../../ui/post.tsx'

const OFTEN_MS = 2_000

/** The last few posts of all, for as long as somebody waits for the first ones. */
export function NewestPosts() {
  const { data } = useQuery({
    queryKey: ['posts', 'newest'],
    queryFn: () => client.feeds.feed({ feed: 'global', limit: '3' }),
    refetchInterval: OFTEN_MS,
  })
  if (!data || data.items.length === 0) return null
  return (
    <div className="overflow-hidden rounded-card border border-border [&>article:last-child]:border-b-0">
      {data.items.map((post) => (
        <PostArticle key={post.id} post={post} />
      ))}
    </div>
  )
}
