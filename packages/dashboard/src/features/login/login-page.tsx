import { useLocation } from '@tanstack/react-router'
import { useSearchState } from '../../lib/use-search-state.ts'
import { LoginForm } from './login-form.tsx'
import { LOGIN, ownPath } from './own-path.ts'

/** The door of a network that only those see who have logged in. It stands at every address, and opens to that. */
export function LoginPage() {
  const [{ from }] = useSearchState()
  const isAtDoor = useLocation({ select: ({ pathname }) => pathname === LOGIN })
  return (
    <main className="grid min-h-dvh place-items-center p-4" id="main">
      <LoginForm goal={isAtDoor ? ownPath(from) : undefined} />
    </main>
  )
}
