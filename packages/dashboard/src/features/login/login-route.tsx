import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { LoginForm } from './login-form.tsx'
import { LOGIN, ownPath } from './own-path.ts'

/** The way in where everybody may watch. Who is in already goes on to where they came from. */
export function LoginRoute() {
  const [{ from }] = useSearchState()
  const isIn = useRole() !== undefined
  const router = useRouter()
  const goal = ownPath(from)
  useEffect(() => {
    const isStillHere = router.history.location.pathname === LOGIN
    if (isIn && isStillHere) router.history.replace(goal)
  }, [isIn, router, goal])
  return (
    <main className="grid h-full place-items-center overflow-y-auto p-4" id="main">
      {!isIn && <LoginForm goal={goal} />}
    </main>
  )
}
