import { useSyncExternalStore } from 'react'

const wide = matchMedia('(min-width: 768px)')
let hasWebGl: boolean | undefined

/** Whether there is room for a picture, and something to draw it with. */
export function useCanDraw(): boolean {
  const isWide = useSyncExternalStore(subscribe, () => wide.matches)
  hasWebGl ??= document.createElement('canvas').getContext('webgl2') !== null
  return isWide && hasWebGl
}

function subscribe(changed: () => void): () => void {
  wide.addEventListener('change', changed)
  return () => wide.removeEventListener('change', changed)
}
