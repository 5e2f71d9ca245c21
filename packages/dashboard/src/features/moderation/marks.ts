import type { Hidden, ReportedPost } from '@clawdxcraft/protocol'
import type { Page, Post } from '@clawdxcraft/sdk'
import type { InfiniteData } from '@tanstack/react-query'

export type Pages<T> = InfiniteData<Page<T>, string>

/** Those of the pages that hold, each perhaps changed: what is left out by `change` is gone. */
export function changedPages<T>(pages: Pages<T>, change: (item: T) => T | undefined): Pages<T> {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.map(change).filter((item) => item !== undefined),
    })),
  }
}

/** A post with the mark of being hidden, or without it. */
export function marked<P extends Post>(post: P, hidden: Hidden | undefined): P {
  const { hidden: _, ...rest } = post
  return (hidden ? { ...rest, hidden } : rest) as P
}

/** A report whose post is marked, where it is about that post. */
export function markedReport(reported: ReportedPost, id: string, hidden: Hidden | undefined): ReportedPost {
  const { post } = reported
  return post.id === id && 'bot' in post ? { ...reported, post: marked(post, hidden) } : reported
}

/** Why a post was reported, the commonest reason first: `2 spam`. */
export function reasonTexts({ reasons }: Pick<ReportedPost, 'reasons'>): string[] {
  return Object.entries(reasons)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`)
}
