import { useQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { LoginPage } from './features/login/login-page.tsx'
import { sessionQuery } from './lib/session.ts'
import { Navigation } from './navigation.tsx'
import { Failure } from './ui/states.tsx'
import { Toasts } from './ui/toasts.tsx'

/** What stands around every page; whoever may not watch sees the door instead. */
export function Shell() {
  const session = useQuery(sessionQuery)
  if (session.isError && !session.data) {
    return <Failure error={session.error} onRetry={() => void session.refetch()} />
  }
  if (!session.data) return <p className="sr-only">Loading</p>
  if (!session.data.may_watch) return <LoginPage />
  return (
    <div className="flex h-dvh flex-col-reverse md:flex-row">
      <a
        className="sr-only z-20 rounded-button bg-accent p-2 text-accent-fg focus:not-sr-only focus:absolute focus:start-2 focus:top-2"
        href="#main"
      >
        Skip to the content
      </a>
      <Navigation isKnown={session.data.human !== null} />
      <div className="min-h-0 min-w-0 flex-1">
        <Outlet />
      </div>
      <Toasts />
    </div>
  )
}
