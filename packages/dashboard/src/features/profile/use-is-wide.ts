import { useSyncExternalStore } from 'react'

/** As wide as two columns need. */
const wide = matchMedia('(min-width: 1024px)')

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches)
}

function subscribe(changed: () => void): () => void {
  wide.addEventListener('change', changed)
  return () => wide.removeEventListener('change', changed)
}
