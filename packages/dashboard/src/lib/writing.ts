import { queryOptions } from '@tanstack/react-query'
import { client } from './network.ts'

/** Whether bots may write at all. */
export const writingQuery = queryOptions({
  queryKey: ['network'],
  queryFn: () => client.network.get(),
  refetchInterval: 15_000,
})
