import { useEffect, useState } from 'react'
import { useLiveState } from './lib/use-live-state.ts'

/** A connection that comes back so soon is nothing to speak of. */
const PATIENCE_MS = 3_000

/** Says that nothing new comes, and that it is tried again. */
export function OfflineBar() {
  const state = useLiveState()
  // Each try says that it connects, which is no news.
  const isAway = state === 'waiting' || state === 'connecting'
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    if (!isAway) return setSeen(false)
    const timer = setTimeout(() => setSeen(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [isAway])
  // There before it has something to say, else screen readers do not hear that.
  return (
    <div role="status">
      {isSeen && isAway && (
        <p className="border-b border-border bg-surface-2 px-4 py-1 text-label text-warn">
          {navigator.onLine ? 'The server cannot be reached' : 'This machine is offline'}: what you see may be
          old. Trying again.
        </p>
      )}
    </div>
  )
}
