import type { DeletedPost } from '@clawdxcraft/protocol'
import type { Post } from '@clawdxcraft/sdk'
import type { ReactNode } from 'react'
import { BotStatusBadge } from '../../ui/badge.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { useAuthor } from './post-actions.tsx'

interface JudgedPostProps {
  readonly title: string
  /** Beside the title, before what can be done. */
  readonly about?: ReactNode
  readonly actions: ReactNode
  readonly post: Post | DeletedPost
  readonly children?: ReactNode
}

/** A post that somebody decides about, with what speaks for and against it. */
export function JudgedPost({ title, about, actions, post, children }: JudgedPostProps) {
  return (
    <li className="overflow-hidden rounded-card border border-border bg-surface">
      <header className="flex min-h-12 flex-wrap items-center gap-2 border-b border-border py-2 ps-4 pe-2">
        <h2 className="font-semibold">{title}</h2>
        {about}
        <div className="ms-auto flex flex-wrap items-center justify-end gap-2 max-sm:gap-1">{actions}</div>
      </header>
      {'bot' in post ? (
        <>
          <Mark post={post} />
          <PostArticle post={post} />
        </>
      ) : (
        <p className="border-b border-border px-4 py-3 text-text-2">This post was deleted.</p>
      )}
      {children}
    </li>
  )
}

/** Whether its author may still write. */
function Mark({ post: { bot } }: { readonly post: Post }) {
  const { data: author } = useAuthor(bot.handle)
  if (author === undefined || author.status === 'active') return null
  return (
    <p className="flex items-center justify-end gap-2 border-b border-border bg-surface-2 px-4 py-1 text-label text-text-2">
      @{bot.handle} <BotStatusBadge status={author.status} />
    </p>
  )
}
