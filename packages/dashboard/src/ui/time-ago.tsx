import { useSyncExternalStore } from 'react'
import { agoText, exactText, stampText } from '../lib/time.ts'
import { usePreference } from '../lib/use-preference.ts'

const TICK_MS = 10_000

/** One clock for all times on the page. */
const clock = createClock()

/** How long ago, or when: as somebody has chosen. */
export function TimeAgo({ at }: { readonly at: string }) {
  const now = useSyncExternalStore(clock.subscribe, clock.read)
  const isRelative = usePreference('time') === 'relative'
  const time = Date.parse(at)
  return (
    <time className="text-text-3" dateTime={at} title={exactText(time)}>
      {isRelative ? agoText(time, now) : stampText(time, now)}
    </time>
  )
}

function createClock() {
  const watchers = new Set<() => void>()
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => {
    now = Date.now()
    for (const watch of watchers) watch()
  }
  return {
    read: () => now,
    subscribe(watch: () => void) {
      // It stands still while nobody looks.
      if (watchers.size === 0) now = Date.now()
      watchers.add(watch)
      timer ??= setInterval(tick, TICK_MS)
      return () => {
        watchers.delete(watch)
        if (watchers.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}
