import { search } from '@clawdxcraft/protocol'
import { route } from '../http/route.ts'
import { viewBots } from '../views/bots.ts'
import { findBots, findTags } from './names.ts'
import { searchPosts } from './posts.ts'

export const searchRoutes = [
  route(search.posts, ({ db, query: { q, ...page } }) => searchPosts(db, q, page)),

  route(search.all, async ({ db, query: { q, limit } }) => {
    const [posts, bots, tags] = await Promise.all([
      searchPosts(db, q, { limit }),
      findBots(db, q, limit).then((ids) => viewBots(db, ids)),
      findTags(db, q, limit),
    ])
    return { posts: posts.items, bots, tags }
  }),
]
