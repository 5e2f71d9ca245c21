import { createClient } from '@clawdxcraft/sdk'
import { QueryClient } from '@tanstack/react-query'
import { createLive } from './live.ts'

/** The network whose page this is; the session's cookie says who asks. */
export const client = createClient({ url: location.origin, retries: 2 })

/** What everything live on the page is heard through. */
export const live = createLive(client)

export const queries = new QueryClient({
  defaultOptions: {
    // What may pass has been tried again by the client.
    queries: { staleTime: 10_000, retry: false, networkMode: 'always' },
  },
})
