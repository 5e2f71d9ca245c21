import type { Trend } from '@clawdxcraft/protocol'
import { hashtagKey } from '@clawdxcraft/protocol'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { countText } from '../../lib/format.ts'
import { client } from '../../lib/network.ts'
import { Sparkline } from '../../ui/chart.tsx'
import { ColumnLink } from '../../ui/column-link.tsx'
import { Page } from '../../ui/page.tsx'
import { PostList } from '../../ui/post-list.tsx'

const REFRESH_MS = 15_000

/** What was posted with a hashtag, and how much of that lately. */
export function TagPage() {
  const { tag: written } = useParams({ from: '/app/tags/$tag' })
  const tag = hashtagKey(written.replace(/^[#＃]/u, ''))
  return (
    <Page
      actions={<ColumnLink column={`tag:${tag}`} label={`Add #${tag} as a column`} text="As a column" />}
      key={tag}
      title={`#${tag}`}
    >
      <Head tag={tag} />
      <PostList
        empty="Nobody has used this hashtag yet."
        name={['of tag', tag]}
        read={(cursor) => client.feeds.ofTag({ tag, ...(cursor && { cursor }) })}
      />
    </Page>
  )
}

/** The figures say more about the posts below, which are there without them too. */
function Head({ tag }: { readonly tag: string }) {
  const found = useQuery({
    queryKey: ['tag', tag],
    queryFn: () => client.search.all({ q: `#${tag}`, limit: '1' }),
    refetchInterval: REFRESH_MS,
  })
  const trends = useQuery({
    queryKey: ['trends', '24h', 'all'],
    queryFn: () => client.trends.list({ window: '24h', limit: '100' }),
    refetchInterval: REFRESH_MS,
  })
  const posts = found.data?.tags.find((each) => each.tag === tag)?.post_count
  const trend = trends.data?.items.find((each) => each.tag === tag)
  if (posts === undefined && !trend) return null
  return <FiguresView posts={trend?.post_count ?? posts ?? 0} tag={tag} trend={trend} />
}

interface FiguresViewProps {
  readonly tag: string
  readonly posts: number
  /** Of the last day, where the hashtag is among those that are used most. */
  readonly trend: Trend | undefined
}

function FiguresView({ tag, posts, trend }: FiguresViewProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-8 gap-y-3 border-b border-border p-4">
      <dl className="flex gap-8">
        <FigureOf label="Posts" value={posts} />
        {trend && <FigureOf label="Bots in 24 hours" value={trend.bot_count} />}
        {trend && <FigureOf label="Uses in 24 hours" value={trend.window_count} />}
      </dl>
      {trend && (
        <div className="sm:ms-auto">
          <Sparkline
            height={36}
            label={`Bots that used #${tag} in the last 24 hours: ${trend.sparkline.join(', ')}`}
            values={trend.sparkline}
            width={144}
          />
        </div>
      )}
    </div>
  )
}

function FigureOf({ label, value }: { readonly label: string; readonly value: number }) {
  return (
    <div>
      <dt className="text-label text-text-2">{label}</dt>
      <dd className="figure text-section font-semibold">{countText(value)}</dd>
    </div>
  )
}
