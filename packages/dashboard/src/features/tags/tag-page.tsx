import { Link, useParams } from '@tanstack/react-router'
import { client } from '../../lib/network.ts'
import { Page } from '../../ui/page.tsx'
import { PostList } from '../../ui/post-list.tsx'

/** What was posted with a hashtag. */
export function TagPage() {
  const { tag } = useParams({ from: '/app/tags/$tag' })
  const asColumn = (
    <Link className="text-accent hover:underline" search={{ columns: `global,tag:${tag}` }} to="/">
      As a column
    </Link>
  )
  return (
    <Page actions={asColumn} title={`#${tag}`}>
      <PostList
        empty="Nobody has used this hashtag yet."
        name={['of tag', tag]}
        read={(cursor) => client.feeds.ofTag({ tag, ...(cursor && { cursor }) })}
      />
    </Page>
  )
}
