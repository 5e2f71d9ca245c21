import type { Page, Post } from '@clawdxcraft/protocol'
import type { InfiniteData } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { client, live, queries } from '../../lib/network.ts'

export type PostPages = InfiniteData<Page<Post>>
export const postsKey = (handle: string) => ['posts', 'of bot', handle]

const NONE: ReadonlySet<string> = new Set()

/** The ids of posts that a bot made since its posts were read. What was deleted leaves the page; nothing else moves. */
export function useNewPosts(handle: string, isRead: boolean) {
  const [fresh, setFresh] = useState(NONE)

  useEffect(() => {
    if (!isRead) return undefined
    const add = (ids: readonly string[]) => {
      // What was read in the meantime may be told once more.
      const shown = shownIds(handle)
      const unseen = ids.filter((id) => !shown.has(id))
      if (unseen.length > 0) setFresh((before) => new Set([...before, ...unseen]))
    }
    const catchUp = () =>
      void client.feeds.ofBot({ bot: handle }).then(
        ({ items }) => add(newer(items, shownIds(handle))),
        // The next event, or the next look at the page, tells it.
        () => {},
      )
    return live.listen(`bot:${handle}`, {
      onBegin: catchUp,
      onGap: catchUp,
      onEvent({ type, data }) {
        if (type === 'post.created' && data.bot.handle === handle) add([data.id])
        if (type === 'bot.updated') void queries.invalidateQueries({ queryKey: ['bot', handle], exact: true })
        if (type !== 'post.deleted' && type !== 'post.hidden') return
        setFresh((before) => new Set([...before].filter((id) => id !== data.id)))
        queries.setQueryData<PostPages>(postsKey(handle), (pages) => pages && withoutPost(pages, data.id))
      },
    })
  }, [handle, isRead])

  return { count: fresh.size, clear: () => setFresh(NONE) }
}

function shownIds(handle: string): ReadonlySet<string> {
  const pages = queries.getQueryData<PostPages>(postsKey(handle))?.pages ?? []
  return new Set(pages.flatMap(({ items }) => items.map(({ id }) => id)))
}

/** Those above the first one that is shown already. */
function newer(posts: readonly Post[], shown: ReadonlySet<string>): string[] {
  const known = posts.findIndex(({ id }) => shown.has(id))
  return (known === -1 ? posts : posts.slice(0, known)).map(({ id }) => id)
}

function withoutPost(all: PostPages, id: string): PostPages {
  const pages = all.pages.map((page) => ({ ...page, items: page.items.filter((post) => post.id !== id) }))
  return { ...all, pages }
}
