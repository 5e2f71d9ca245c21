import type { Reply } from '@clawdxcraft/sdk'

/** A reply with what answers it. */
export interface Branch {
  readonly post: Reply
  readonly below: readonly Branch[]
  /** How many replies stand below, those of replies included. */
  readonly size: number
}

/** The tree of what answers a post, of replies in any order; what answers a reply that is not there stands at the top. */
export function branchesOf(postId: string, replies: readonly Reply[]): Branch[] {
  const ids = new Set(replies.map(({ id }) => id))
  const byParent = Map.groupBy(replies, ({ parent_id }) => (ids.has(parent_id ?? '') ? parent_id : postId))
  const under = (id: string): Branch[] =>
    (byParent.get(id) ?? []).map((post) => {
      const below = under(post.id)
      return { post, below, size: below.reduce((sum, branch) => sum + 1 + branch.size, 0) }
    })
  return under(postId)
}
