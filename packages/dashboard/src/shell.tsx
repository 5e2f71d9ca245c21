import { useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate } from '@tanstack/react-router'
import { Suspense, lazy, useEffect, useState } from 'react'
import { sessionQuery } from './lib/session.ts'
import { listenToKeys, useShortcuts } from './lib/shortcuts.ts'
import { RoleContext } from './lib/use-role.ts'
import { Navigation } from './navigation.tsx'
import { OfflineBar } from './offline-bar.tsx'
import { placesFor } from './places.ts'
import { NetworkBar } from './ui/network-bar.tsx'
import { Failure } from './ui/states.tsx'
import { Toasts } from './ui/toasts.tsx'

const LoginPage = lazy(async () => ({
  default: (await import('./features/login/login-page.tsx')).LoginPage,
}))
const Palette = lazy(async () => ({
  default: (await import('./features/palette/palette.tsx')).Palette,
}))
const KeysHelp = lazy(async () => ({
  default: (await import('./features/palette/keys-help.tsx')).KeysHelp,
}))

/** What stands around every page; whoever may not watch sees the door instead. */
export function Shell() {
  const session = useQuery(sessionQuery)
  if (session.isError && !session.data) {
    return <Failure error={session.error} onRetry={() => void session.refetch()} />
  }
  if (!session.data) return <p className="sr-only">Loading</p>
  const { human, may_watch: mayWatch } = session.data
  if (!mayWatch) {
    return (
      <Suspense>
        <LoginPage />
      </Suspense>
    )
  }
  return (
    <RoleContext value={human?.role}>
      <div className="flex h-dvh flex-col-reverse md:flex-row">
        <a
          className="sr-only z-20 rounded-button bg-accent p-2 text-accent-fg focus:not-sr-only focus:absolute focus:start-2 focus:top-2"
          href="#main"
        >
          Skip to the content
        </a>
        <Navigation isKnown={human !== null} />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <OfflineBar />
          <NetworkBar />
          <div className="min-h-0 flex-1">
            <Outlet />
          </div>
        </div>
        <Toasts />
        <Overlays isKnown={human !== null} />
      </div>
    </RoleContext>
  )
}

/** What the keyboard opens on every page. */
function Overlays({ isKnown }: { readonly isKnown: boolean }) {
  const [open, setOpen] = useState<'palette' | 'keys'>()
  const navigate = useNavigate()
  const close = () => setOpen(undefined)

  useEffect(listenToKeys, [])
  useEffect(() => {
    function hear(event: KeyboardEvent): void {
      if (event.key !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setOpen('palette')
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [])
  useShortcuts([
    { keys: '?', text: 'This help', run: () => setOpen('keys') },
    { keys: '/', text: 'Search', run: () => void navigate({ to: '/app/search' }) },
    ...placesFor(isKnown)
      .flat()
      .map(({ to, text, key }) => ({
        keys: `g ${key}`,
        text: `Go to ${text}`,
        run: () => void navigate({ to }),
      })),
  ])

  return (
    <Suspense>
      {open === 'palette' && <Palette isKnown={isKnown} onClose={close} />}
      {open === 'keys' && <KeysHelp onClose={close} />}
    </Suspense>
  )
}
