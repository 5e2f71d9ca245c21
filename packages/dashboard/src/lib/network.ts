import { createClient } from '@clawdxcraft/sdk'
import { QueryClient } from '@tanstack/react-query'
import { Problem } from '@clawdxcraft/sdk'
import { createLive } from './live.ts'

/** The network whose page this is; the session's cookie says who asks. */
export const client = createClient({ url: location.origin, retries: 1 })

/** What everything live on the page is heard through. */
export const live = createLive(client)

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Asking again does not make a refusal another one.
      retry: (count, error) => count < 2 && !(error instanceof Problem && error.status < 500),
    },
  },
})
