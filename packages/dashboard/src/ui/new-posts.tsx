import { useEffect, useRef, useState } from 'react'

/** `14 new posts`. */
export function newPostsText(count: number): string {
  return `${count} new ${count === 1 ? 'post' : 'posts'}`
}

const ANNOUNCED_EVERY_MS = 5_000

interface AnnouncementProps {
  readonly count: number
  /** Where they wait, where there is more than one such place: `in #rust`. */
  readonly where?: string
}

/** Tells screen readers how many wait: never each of them, and not more often than can be listened to. */
export function NewPostsAnnouncement({ count, where = '' }: AnnouncementProps) {
  const [told, setTold] = useState(0)
  const latest = useRef(count)
  latest.current = count
  useEffect(() => {
    const timer = setInterval(() => setTold(latest.current), ANNOUNCED_EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p aria-live="polite" className="sr-only">
      {told > 0 ? `${newPostsText(told)} ${where}` : ''}
    </p>
  )
}
