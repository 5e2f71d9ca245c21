import { useSyncExternalStore } from 'react'

const wide = matchMedia('(min-width: 768px)')
/** A canvas that a worker draws on, by WebGL. */
let canDrawApart: boolean | undefined

/** Whether there is room for a picture, and something to draw it with. */
export function useCanDraw(): boolean {
  const isWide = useSyncExternalStore(subscribe, () => wide.matches)
  canDrawApart ??=
    typeof OffscreenCanvas === 'function' && new OffscreenCanvas(1, 1).getContext('webgl2') !== null
  return isWide && canDrawApart
}

function subscribe(changed: () => void): () => void {
  wide.addEventListener('change', changed)
  return () => wide.removeEventListener('change', changed)
}
