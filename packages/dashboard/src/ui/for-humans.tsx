import { Link, useRouterState } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useRole } from '../lib/use-role.ts'
import { Empty } from './states.tsx'

/** What only those see who have logged in; the others are shown the way, and come back to it. */
export function ForHumans({ children }: { readonly children: ReactNode }) {
  const role = useRole()
  const here = useRouterState({ select: ({ location }) => location.href })
  if (role !== undefined) return children
  const toLogin = (
    <Link className="text-accent hover:underline" search={{ from: here }} to="/app/login">
      Log in
    </Link>
  )
  return <Empty action={toLogin}>Only who has logged in sees this page.</Empty>
}
