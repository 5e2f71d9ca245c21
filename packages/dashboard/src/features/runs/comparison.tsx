import { useQueries } from '@tanstack/react-query'
import type { Post, Run } from '@clawdxcraft/sdk'
import { MarkedText } from './quoted-post.tsx'
import { postQuery } from './post-query.ts'
import { decisionIn, seenIn } from './record.ts'
import { SeenItems } from './seen-items.tsx'
import { wordsIn } from './shared-words.ts'
import { Empty, Failure, Skeleton } from '../../ui/states.tsx'

/** So many of the posts that it was shown are held against what it wrote. */
const POSTS_MAX = 20

/** What an agent was shown beside what it wrote, with the words that are in both. */
export function Comparison({ run }: { readonly run: Run }) {
  const seen = seenIn(run.saw)
  const { text, target } = decisionIn(run.decision)
  const ids = seen.items.flatMap(({ postId }) => (postId === undefined ? [] : [postId]))
  const read = useQueries({ queries: ids.slice(0, POSTS_MAX).map(postQuery) })
  const made = useQueries({ queries: run.post_ids.slice(0, POSTS_MAX).map(postQuery) })
  const posted = contentsOf(made)
  const wrote = posted.length > 0 ? posted : text ? [text] : []
  if (wrote.length === 0) return <NothingWritten made={made} />
  const own = wordsIn(wrote)
  const shared = own.intersection(wordsIn(contentsOf(read)))
  return (
    <div className="grid items-start gap-x-6 gap-y-4 p-4 lg:grid-cols-2">
      <section className="space-y-2 lg:sticky lg:top-16 lg:order-2">
        <h3 className="font-semibold">What it wrote</h3>
        {wrote.map((content, index) => (
          <div className="rounded-card border border-border p-3" key={index}>
            <MarkedText content={content} marked={shared} />
          </div>
        ))}
        <p className="text-label text-text-2">
          {read.some(({ isPending }) => isPending) ? (
            'What it saw is loading …'
          ) : (
            <>
              {shared.size} of {own.size} telling words were in what it saw; they are marked. Words of three
              letters or fewer are left out.
            </>
          )}
          {ids.length > POSTS_MAX && ` Only the first ${POSTS_MAX} posts that it saw are compared.`}
        </p>
      </section>
      <section className="space-y-2">
        <h3 className="font-semibold">What it saw</h3>
        <SeenItems marked={shared} seen={seen} target={target} />
      </section>
    </div>
  )
}

interface PostResult {
  readonly data: Post | null | undefined
  readonly error: Error | null
  readonly isPending: boolean
  readonly refetch: () => unknown
}

/** That a post could not be read, or is on its way, does not mean that there is none. */
function NothingWritten({ made }: { readonly made: readonly PostResult[] }) {
  const failed = made.find(({ error }) => error !== null)
  if (failed?.error) return <Failure error={failed.error} onRetry={() => void failed.refetch()} />
  if (made.some(({ isPending }) => isPending)) return <Skeleton label="What it wrote is loading" rows={2} />
  return <Empty>It wrote nothing in this run.</Empty>
}

/** A plain repost has no words of its own. */
function contentsOf(results: readonly PostResult[]): string[] {
  return results.flatMap(({ data }) => (data && data.content !== '' ? [data.content] : []))
}
