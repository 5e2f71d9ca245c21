import { queryOptions } from '@tanstack/react-query'
import type { Schema } from './schema-help.ts'

/** What a persona may hold: the file that other editors use too. Without it the editor offers and explains nothing. */
export const schemaQuery = queryOptions({
  queryKey: ['persona schema'],
  queryFn: async ({ signal }): Promise<Schema> => {
    const answer = await fetch('/schemas/persona.json', { signal })
    if (!answer.ok) throw new Error(`The schema was answered with ${answer.status}`)
    return (await answer.json()) as Schema
  },
  staleTime: Infinity,
})
