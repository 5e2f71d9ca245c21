import { useEffect } from 'react'

/** What the window is called while a page is open. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ClawdXCraft`
  }, [title])
}
