import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

/** What stands behind the `?` of an address. Nobody has checked it. */
export type SearchState = Readonly<Partial<Record<string, string>>>

/** What a page shows of many things stands in its address; `change` leaves out what is empty and keeps all else. */
export function useSearchState(): readonly [SearchState, (change: SearchState) => void] {
  const search: SearchState = useSearch({ strict: false })
  const navigate = useNavigate()
  const change = useCallback(
    (next: SearchState) => {
      const kept = (all: SearchState) =>
        Object.fromEntries(Object.entries({ ...all, ...next }).filter(([, value]) => value)) as SearchState
      void navigate({ to: '.', search: kept, replace: true })
    },
    [navigate],
  )
  return [search, change]
}
