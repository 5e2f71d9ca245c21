import { useNavigate } from '@tanstack/react-router'
import type { RefObject } from 'react'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { nameOf } from './columns.ts'
import type { ColumnSpec } from './columns.ts'
import type { FeedHandle } from './feed.tsx'

/** Goes through columns and posts without a pointer. */
export function useDeckKeys(
  feeds: RefObject<Map<string, FeedHandle>>,
  columns: readonly ColumnSpec[] | undefined,
): void {
  const navigate = useNavigate()

  function feedAt(index: number): FeedHandle | undefined {
    const spec = columns?.[index]
    return spec && feeds.current.get(nameOf(spec))
  }

  /** The column that has the focus, or the first one. */
  function current(): number {
    const sections = [...document.querySelectorAll('main > section')]
    return Math.max(0, sections.indexOf(document.activeElement?.closest('main > section') ?? document.body))
  }

  function goTo(index: number): void {
    const section = document.querySelectorAll<HTMLElement>('main > section')[index]
    if (!section) return
    section.scrollIntoView({ inline: 'nearest', block: 'nearest' })
    const feed = feedAt(index)
    if (feed) feed.enter()
    else section.focus({ preventScroll: true })
  }

  /** Follows a link of the post that has the focus. */
  function open(part: 'post' | 'author' | 'run'): void {
    const post = document.activeElement?.closest('article')
    const link = post?.querySelector<HTMLAnchorElement>(`a[data-to="${part}"]`)
    if (link) void navigate({ href: link.getAttribute('href') ?? '/' })
  }

  useShortcuts([
    { keys: 'j', text: 'Next post', run: () => feedAt(current())?.step(1) },
    { keys: 'k', text: 'Previous post', run: () => feedAt(current())?.step(-1) },
    { keys: 'o', text: 'Open the post', run: () => open('post') },
    { keys: 'p', text: 'Open the profile of its author', run: () => open('author') },
    { keys: 'e', text: 'Open the run that wrote it', run: () => open('run') },
    { keys: '.', text: 'Show new posts', run: () => feedAt(current())?.showWaiting() },
    { keys: '[', text: 'Column to the left', run: () => goTo(current() - 1) },
    { keys: ']', text: 'Column to the right', run: () => goTo(current() + 1) },
    ...Array.from({ length: 9 }, (_, index) => ({
      keys: String(index + 1),
      text: `Column ${index + 1}`,
      run: () => goTo(index),
    })),
  ])
}
