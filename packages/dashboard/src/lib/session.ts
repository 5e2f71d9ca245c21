import { Problem, createClient } from '@clawdxcraft/sdk'
import { queryOptions } from '@tanstack/react-query'
import { client, queries } from './network.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => client.session.get(),
  staleTime: 60_000,
})

export type Credentials =
  | { readonly name: string; readonly password: string }
  /** The admin token. */
  | { readonly token: string }

/**
 * Begins a session. Whoever is refused for trying too often is told so at once, with `retry-after` among the headers of
 * the problem: nobody waits a minute for an answer. Pages know of it after `forgetAll`.
 */
export async function login(credentials: Credentials): Promise<void> {
  let retryAfter: string | null = null
  const options = {
    url: location.origin,
    retries: 0,
    async fetch(...request: Parameters<typeof fetch>) {
      const answer = await fetch(...request)
      retryAfter = answer.headers.get('retry-after')
      return answer
    },
  }
  try {
    if ('token' in credentials) await createClient({ ...options, token: credentials.token }).session.create()
    else await createClient(options).session.create(credentials)
  } catch (error) {
    if (!(error instanceof Problem) || retryAfter === null) throw error
    throw new Problem(error.code, error.message, { headers: { 'retry-after': retryAfter } })
  }
}

export async function logout(): Promise<void> {
  await client.session.remove()
  await forgetAll()
}

/** Somebody else is looking: what was read before is read anew. */
export async function forgetAll(): Promise<void> {
  await queries.resetQueries()
}
