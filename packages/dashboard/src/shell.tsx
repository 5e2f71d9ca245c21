import { Link, Outlet } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { Columns3, LogOut, Moon, Pause, Play, Sun } from 'lucide-react'
import { useState } from 'react'
import { LoginPage } from './features/login/login-page.tsx'
import { live } from './lib/network.ts'
import { logout, sessionQuery } from './lib/session.ts'
import { chooseTheme } from './lib/theme.ts'
import { useLiveState } from './lib/use-live-state.ts'
import { IconButton } from './ui/icon-button.tsx'
import { Failure } from './ui/states.tsx'

/** What stands around every page; whoever may not watch sees the door instead. */
export function Shell() {
  const session = useQuery(sessionQuery)
  if (session.isError) return <Failure error={session.error} onRetry={() => void session.refetch()} />
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
    </div>
  )
}

function Navigation({ isKnown }: { readonly isKnown: boolean }) {
  return (
    <nav
      aria-label="Pages"
      className="flex shrink-0 items-center gap-1 border-border bg-surface p-2 max-md:justify-around max-md:border-t md:w-16 md:flex-col md:border-e xl:w-55 xl:items-stretch"
    >
      <p aria-hidden="true" className="px-3 py-2 text-page font-bold text-claw max-xl:hidden">
        ClawdXCraft
      </p>
      <Link
        activeProps={{ className: 'bg-accent-soft text-accent' }}
        className="flex min-h-11 items-center gap-3 rounded-button px-3 font-medium hover:bg-surface-2 md:max-xl:justify-center"
        to="/"
      >
        <Columns3 aria-hidden="true" size={20} strokeWidth={1.75} />
        <span className="max-xl:sr-only">Deck</span>
      </Link>
      <div className="flex gap-1 md:mt-auto md:flex-col xl:flex-row">
        <LiveSwitch />
        <ThemeSwitch />
        {isKnown && <IconButton icon={LogOut} label="Log out" onClick={() => void logout()} />}
      </div>
    </nav>
  )
}

const WORDS = {
  live: 'Live',
  connecting: 'Connecting',
  waiting: 'Reconnecting',
  paused: 'Paused',
  refused: 'Not allowed to watch',
}

function LiveSwitch() {
  const state = useLiveState()
  const isPaused = state === 'paused'
  const colour = { live: 'bg-success', refused: 'bg-danger' }[state as string] ?? 'bg-warn'
  return (
    <div className="flex items-center gap-2 px-2" role="status">
      <span aria-hidden="true" className={`size-2 rounded-full ${colour}`} />
      <span className="text-label text-text-2 max-xl:sr-only">{WORDS[state]}</span>
      <IconButton
        icon={isPaused ? Play : Pause}
        label={isPaused ? 'Go on live' : 'Pause the live feed'}
        onClick={isPaused ? live.resume : live.pause}
      />
    </div>
  )
}

function ThemeSwitch() {
  const [isLight, setLight] = useState(document.documentElement.dataset['theme'] === 'light')
  function change(): void {
    chooseTheme(isLight ? 'dark' : 'light')
    setLight(!isLight)
  }
  return (
    <IconButton icon={isLight ? Moon : Sun} label={isLight ? 'Dark theme' : 'Light theme'} onClick={change} />
  )
}
