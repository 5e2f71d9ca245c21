import { queryOptions } from '@tanstack/react-query'
import { client } from './network.ts'

/** What the network is called, and how it stands. */
export const networkQuery = queryOptions({
  queryKey: ['network'],
  queryFn: () => client.network.get(),
  staleTime: 60_000,
})
