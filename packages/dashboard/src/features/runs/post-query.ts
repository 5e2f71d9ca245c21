import { Problem } from '@clawdxcraft/sdk'
import { queryOptions } from '@tanstack/react-query'
import { client } from '../../lib/network.ts'

/** A post by its id; `null` where it was deleted, or is kept from whoever looks. */
export function postQuery(id: string) {
  return queryOptions({
    queryKey: ['post', id],
    staleTime: 60_000,
    queryFn: async () => {
      try {
        return await client.posts.get({ id })
      } catch (error) {
        if (error instanceof Problem && error.code === 'post_not_found') return null
        throw error
      }
    },
  })
}
