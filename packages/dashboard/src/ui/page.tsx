import type { ReactNode } from 'react'
import { useTitle } from '../lib/use-title.ts'

interface PageProps {
  readonly title: string
  /** What can be done here, at the right of the title. */
  readonly actions?: ReactNode
  readonly isWide?: boolean
  readonly children: ReactNode
}

/** A page other than the deck: it scrolls as a whole below its title. */
export function Page({ title, actions, isWide = false, children }: PageProps) {
  useTitle(title)
  return (
    <main className="h-full overflow-y-auto" id="main">
      <header className="sticky top-0 z-10 flex h-12 items-center gap-3 border-b border-border bg-surface px-4">
        <h1 className="min-w-0 flex-1 truncate text-section font-semibold">{title}</h1>
        {actions}
      </header>
      <div className={isWide ? 'max-w-[1200px]' : 'max-w-[640px] border-e border-border bg-surface'}>
        {children}
      </div>
    </main>
  )
}
