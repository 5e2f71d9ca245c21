import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Post } from '@clawdxcraft/sdk'
import { client, live, queries } from '../../lib/network.ts'

/** The newest post of a bot, and each newer one the moment it is made. */
export function useNewestPost(handle: string) {
  const queryKey = ['newest post', handle]
  const query = useQuery({
    queryKey,
    queryFn: async (): Promise<Post | null> =>
      (await client.feeds.ofBot({ bot: handle, limit: '1' })).items[0] ?? null,
  })
  const isKnown = query.data !== undefined
  useEffect(() => {
    if (!isKnown) return undefined
    const readAgain = () => void queries.invalidateQueries({ queryKey })
    return live.listen(`bot:${handle}`, {
      onBegin: readAgain,
      onGap: readAgain,
      onEvent(event) {
        if (event.type !== 'post.created' || event.data.bot.handle !== handle) return
        const post = event.data
        // An answer that is still on its way is older than this post, and would take it off the page again.
        void queries.cancelQueries({ queryKey }).then(() => queries.setQueryData(queryKey, post))
      },
    })
    // The name of the query is the handle.
  }, [handle, isKnown])
  return query
}
