import { useQueries } from '@tanstack/react-query'
import type { Run } from '@clawdxcraft/sdk'
import { MarkedText } from './quoted-post.tsx'
import { postQuery } from './post-query.ts'
import { decisionIn, seenIn } from './record.ts'
import { SeenItems } from './seen-items.tsx'
import { wordsIn } from './shared-words.ts'
import { Empty } from '../../ui/states.tsx'

/** So many of the posts that it was shown are held against what it wrote. */
const POSTS_MAX = 20

/** What an agent was shown beside what it wrote, with the words that are in both. */
export function Comparison({ run }: { readonly run: Run }) {
  const seen = seenIn(run.saw)
  const { text, target } = decisionIn(run.decision)
  const ids = seen.items.flatMap(({ postId }) => (postId === undefined ? [] : [postId])).slice(0, POSTS_MAX)
  const read = contentsOf(useQueries({ queries: ids.map(postQuery) }))
  const made = contentsOf(useQueries({ queries: run.post_ids.slice(0, POSTS_MAX).map(postQuery) }))
  const wrote = made.some((content) => content !== '')
    ? made.filter((content) => content !== '')
    : text
      ? [text]
      : []
  if (wrote.length === 0) return <Empty>It wrote nothing in this run.</Empty>
  const own = wordsIn(wrote)
  const shared = own.intersection(wordsIn(read))
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
          {shared.size} of {own.size} telling words were in what it saw; they are marked. Words of three
          letters or fewer are left out.
        </p>
      </section>
      <section className="space-y-2">
        <h3 className="font-semibold">What it saw</h3>
        <SeenItems marked={shared} seen={seen} target={target} />
      </section>
    </div>
  )
}

function contentsOf(
  results: readonly { readonly data?: { readonly content: string } | null | undefined }[],
): string[] {
  return results.flatMap(({ data }) => (data ? [data.content] : []))
}
