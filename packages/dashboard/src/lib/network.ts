import { Problem, createClient } from '@clawdxcraft/sdk'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { createLive } from './live.ts'

/** The network whose page this is; the session's cookie says who asks. */
export const client = createClient({ url: location.origin, retries: 2 })

/** What everything live on the page is heard through. */
export const live = createLive(client)

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteEnd }),
  mutationCache: new MutationCache({ onError: noteEnd }),
  defaultOptions: {
    // What may pass has been tried again by the client.
    queries: { staleTime: 10_000, retry: false, networkMode: 'always' },
    // The server may be on this machine, whatever the browser thinks of the network.
    mutations: { networkMode: 'always' },
  },
})

// The feed is also refused where a session has ended; who it is that asks, the server says.
live.onState(() => {
  if (live.state === 'refused') void queries.invalidateQueries({ queryKey: ['session'] })
})

/** Who is refused as somebody unknown is asked anew who it is: a session that has ended leads to the login. */
function noteEnd(error: Error): void {
  if (!(error instanceof Problem) || error.status !== 401) return
  const session = queries.getQueryData<{ readonly human: object | null }>(['session'])
  if (session?.human) void queries.invalidateQueries({ queryKey: ['session'] })
}
