import type { Page, Post } from '@clawdxcraft/protocol'

/** Pages that are looked through for one answer: what is rare may stand far back. */
const PAGES_MAX = 5

/** A page may be empty while older posts are left to be looked at: reads on until there is something, within bounds. */
export async function readPosts(
  read: (cursor: string | undefined) => Promise<Page<Post>>,
  from: string | undefined,
): Promise<Page<Post>> {
  let cursor = from
  for (let pages = 1; ; pages++) {
    const page = await read(cursor)
    if (page.items.length > 0 || page.next_cursor === null || pages >= PAGES_MAX) return page
    cursor = page.next_cursor
  }
}
