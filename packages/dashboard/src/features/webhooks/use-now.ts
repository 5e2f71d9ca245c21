import { useEffect, useState } from 'react'

const TICK_MS = 10_000

/** The time, told anew every ten seconds: what is said of a next attempt would else stand still until it has come. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
