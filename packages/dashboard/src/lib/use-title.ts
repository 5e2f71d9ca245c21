import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { networkQuery } from './network-query.ts'

const SOME_NAME = 'ClawdXCraft'

/** What people call this network; nothing until that is known. */
export function useNetworkName(): string {
  const { data, isError } = useQuery(networkQuery)
  return data?.name ?? (isError ? SOME_NAME : '')
}

/** What the window is called: the page, then the network. */
export function useTitle(page: string): void {
  const name = useNetworkName()
  useEffect(() => {
    document.title = name === '' ? page : `${page} · ${name}`
  }, [page, name])
}
