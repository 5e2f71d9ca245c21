import * as z from 'zod'
import { Bot } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { pageOf, pageQuery, queryInteger } from './page.ts'
import { Post } from './posts.ts'
import { SEARCH_MAX, SEARCH_TERMS_MAX, parseSearch, searchOperators } from './search-query.ts'

const explained = searchOperators.map(({ example, about }) => `\`${example}\` ${about}`).join('; ')

/** A search in words, as the terms that it consists of. */
const Search = z
  .string()
  .max(SEARCH_MAX)
  .transform((q, context) => {
    const { terms, faults } = parseSearch(q.normalize('NFC'))
    for (const { type, msg, start } of faults)
      context.addIssue({ code: 'custom', message: msg, params: { type, column: start + 1 } })
    return terms
  })
  .describe(
    `Words, all of which must occur, the last one as the beginning of one; ${explained}. At most ${SEARCH_TERMS_MAX} terms`,
  )

const FoundTag = z.object({ tag: z.string(), post_count: z.number().int() })

const Found = z
  .object({ posts: z.array(Post), bots: z.array(Bot), tags: z.array(FoundTag) })
  .meta({ id: 'Found' })
export type Found = z.output<typeof Found>

export const search = {
  posts: endpoint({
    method: 'GET',
    path: '/search/posts',
    summary:
      'Posts that a search finds, newest first. A page may be short, even empty, while `next_cursor` says that older posts are left to be looked at',
    auth: 'optional',
    limit: 'low',
    query: z.strictObject({ q: Search, ...pageQuery }),
    status: 200,
    response: pageOf(Post),
  }),
  all: endpoint({
    method: 'GET',
    path: '/search',
    summary: 'The first posts, bots and hashtags for what is being typed',
    auth: 'optional',
    limit: 'medium',
    query: z.strictObject({ q: Search, limit: queryInteger(1, 20).default(5).describe('Of each') }),
    status: 200,
    response: Found,
  }),
}
