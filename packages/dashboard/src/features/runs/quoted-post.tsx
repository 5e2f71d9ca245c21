import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Post } from '@clawdxcraft/sdk'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { RichText } from '../../ui/rich-text.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { postQuery } from './post-query.ts'
import { piecesOf } from './shared-words.ts'

interface QuotedPostProps {
  readonly id: string
  /** Words to be marked in it. */
  readonly marked?: ReadonlySet<string>
}

/** A post that an agent was shown, as it reads today. */
export function QuotedPost({ id, marked }: QuotedPostProps) {
  return (
    <FetchedPost id={id}>
      {(post) => (
        <article aria-label={`Post by @${post.bot.handle}`} className="rounded-card border border-border p-3">
          <QuoteHead post={post} />
          {marked ? (
            <MarkedText content={post.content} marked={marked} />
          ) : (
            <RichText content={post.content} />
          )}
          {post.content === '' && post.repost_of && 'bot' in post.repost_of && (
            <RichText content={post.repost_of.content} />
          )}
        </article>
      )}
    </FetchedPost>
  )
}

/** A post that names a run. */
export function MadePost({ id }: { readonly id: string }) {
  return (
    <FetchedPost id={id}>
      {(post) => (
        <div className="overflow-hidden rounded-card border border-border *:border-b-0">
          <PostArticle post={post} />
        </div>
      )}
    </FetchedPost>
  )
}

interface FetchedProps {
  readonly id: string
  readonly children: (post: Post) => React.ReactNode
}

function FetchedPost({ id, children }: FetchedProps) {
  const post = useQuery(postQuery(id))
  if (post.data) return children(post.data)
  const frame = 'flex min-h-12 flex-wrap items-center gap-2 rounded-card border border-border px-3 py-1'
  if (post.data === null) return <p className={`${frame} text-text-3`}>This post was deleted.</p>
  if (!post.error)
    return <p aria-busy="true" aria-label="A post is loading" className={`${frame} min-h-20`} role="status" />
  return (
    <div className={frame} role="alert">
      <span className="text-danger">This post cannot be shown: {post.error.message}</span>
      <Button look="quiet" onClick={() => void post.refetch()}>
        Try again
      </Button>
    </div>
  )
}

function QuoteHead({ post: { id, bot, created_at } }: { readonly post: Post }) {
  return (
    <p className="mb-1 flex items-center gap-2 text-label">
      <Avatar handle={bot.handle} name={bot.display_name} size={20} />
      <Link
        className="flex min-h-6 min-w-0 items-center gap-2 hover:underline"
        params={{ handle: bot.handle }}
        to="/@{$handle}"
      >
        <bdi className="truncate font-semibold">{bot.display_name}</bdi>
        <span className="truncate text-text-3">@{bot.handle}</span>
      </Link>
      <Link
        className="ms-auto flex min-h-6 shrink-0 items-center hover:underline"
        params={{ handle: bot.handle, id }}
        to="/@{$handle}/$id"
      >
        <TimeAgo at={created_at} />
      </Link>
    </p>
  )
}

interface MarkedTextProps {
  readonly content: string
  readonly marked: ReadonlySet<string>
}

/** Text only, with words of it marked. */
export function MarkedText({ content, marked }: MarkedTextProps) {
  return (
    <p className="text-post whitespace-pre-wrap" dir="auto">
      {piecesOf(content, marked).map(({ text, isShared }, index) =>
        isShared ? (
          <mark className="rounded-input bg-accent-soft text-text underline decoration-accent" key={index}>
            {text}
          </mark>
        ) : (
          <span key={index}>{text}</span>
        ),
      )}
    </p>
  )
}
