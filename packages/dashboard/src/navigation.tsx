import { Link, useLocation } from '@tanstack/react-router'
import { LogIn, LogOut, Menu as MenuIcon, Moon, Pause, Play, Sun } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { live } from './lib/network.ts'
import { logout } from './lib/session.ts'
import { chooseTheme, isLight as isThemeLight, subscribeTheme } from './lib/theme.ts'
import { sayFault } from './lib/toast.ts'
import { useLiveState } from './lib/use-live-state.ts'
import { useNetworkName } from './lib/use-title.ts'
import { FIRST_PLACES, placesFor } from './places.ts'
import type { Place } from './places.ts'
import { Dialog } from './ui/dialog.tsx'
import { IconButton } from './ui/icon-button.tsx'

const ITEM =
  'flex min-h-9 items-center gap-3 rounded-button px-3 font-medium text-text-2 hover:bg-surface-2 hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent max-md:min-h-11 md:max-xl:justify-center'

/** Every page beside the page; a bar with the first of them where there is no room for that. */
export function Navigation({ isKnown }: { readonly isKnown: boolean }) {
  const groups = placesFor(isKnown)
  const name = useNetworkName()
  const first = groups.flat().filter(({ to }) => FIRST_PLACES.includes(to))
  return (
    <nav
      aria-label="Pages"
      className="flex shrink-0 border-border bg-surface max-md:items-center max-md:justify-around max-md:border-t max-md:p-1 md:w-16 md:flex-col md:border-e md:p-2 xl:w-55"
    >
      <p
        aria-hidden="true"
        className="min-h-11 truncate px-3 py-2 text-page font-bold text-claw max-xl:hidden"
        title={name}
      >
        <bdi>{name}</bdi>
      </p>
      <div className="min-h-0 flex-1 space-y-2 overflow-y-auto max-md:hidden">
        {groups.map((group) => (
          <ul className="border-b border-border pb-2 last:border-0" key={group[0]?.to}>
            {group.map((place) => (
              <li key={place.to}>
                <PlaceLink isShort place={place} />
              </li>
            ))}
          </ul>
        ))}
      </div>
      {first.map((place) => (
        <Link
          activeOptions={activeFor(place.to)}
          className="flex min-h-11 min-w-11 flex-col items-center justify-center rounded-button px-2 text-meta text-text-2 aria-[current=page]:text-accent md:hidden"
          key={place.to}
          to={place.to}
        >
          <place.icon aria-hidden="true" size={20} strokeWidth={1.75} />
          {place.text}
        </Link>
      ))}
      <More groups={groups} isKnown={isKnown} />
      <div className="flex items-center gap-1 max-md:hidden md:flex-col xl:flex-row xl:justify-between">
        <LiveSwitch />
        <Switches isKnown={isKnown} />
      </div>
    </nav>
  )
}

/** Whatever stands behind the `?`: that is the page's own. */
function activeFor(to: string) {
  return { exact: to === '/', includeSearch: false }
}

interface PlaceProps {
  readonly place: Place
  /** Where there is room for an icon only, the word is for screen readers and those who wonder. */
  readonly isShort?: boolean
  readonly onGo?: () => void
}

function PlaceLink({ place: { to, text, icon: Icon }, isShort = false, onGo }: PlaceProps) {
  return (
    <Link activeOptions={activeFor(to)} className={ITEM} onClick={onGo} title={text} to={to}>
      <Icon aria-hidden="true" size={18} strokeWidth={1.75} />
      <span className={isShort ? 'md:max-xl:sr-only' : ''}>{text}</span>
    </Link>
  )
}

interface MoreProps {
  readonly groups: readonly (readonly Place[])[]
  readonly isKnown: boolean
}

/** What has no room in the bar of a narrow page. */
function More({ groups, isKnown }: MoreProps) {
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  const name = useNetworkName()
  return (
    <div className="md:hidden">
      <button
        className="relative flex min-h-11 min-w-11 flex-col items-center justify-center rounded-button px-2 text-meta text-text-2"
        onClick={() => setOpen(true)}
        type="button"
      >
        <MenuIcon aria-hidden="true" size={20} strokeWidth={1.75} />
        More
        <LiveDot className="absolute end-1.5 top-1" />
      </button>
      {isOpen && (
        <Dialog look="sheet" onClose={close} title={name}>
          <ul className="p-2">
            {groups.flat().map((place) => (
              <li key={place.to}>
                <PlaceLink onGo={close} place={place} />
              </li>
            ))}
          </ul>
          <div className="flex items-center justify-between border-t border-border p-2">
            <LiveSwitch isWide />
            <div className="flex gap-1">
              <Switches isKnown={isKnown} />
            </div>
          </div>
        </Dialog>
      )}
    </div>
  )
}

function Switches({ isKnown }: { readonly isKnown: boolean }) {
  const here = useLocation({ select: ({ href }) => href })
  return (
    <>
      <ThemeSwitch />
      {isKnown ? (
        <IconButton icon={LogOut} label="Log out" onClick={() => void logout().catch(sayFault)} />
      ) : (
        <Link
          aria-label="Log in"
          className="inline-flex size-8 items-center justify-center rounded-button text-text-2 hover:bg-surface-2 hover:text-text max-md:size-11"
          search={{ from: here }}
          title="Log in"
          to="/app/login"
        >
          <LogIn aria-hidden="true" size={16} strokeWidth={1.75} />
        </Link>
      )}
    </>
  )
}

const WORDS = {
  idle: '',
  live: 'Live',
  connecting: 'Connecting',
  waiting: 'Reconnecting',
  paused: 'Paused',
  refused: 'Not allowed to watch',
}

function LiveSwitch({ isWide = false }: { readonly isWide?: boolean }) {
  const state = useLiveState()
  const isStopped = state === 'paused' || state === 'refused'
  if (state === 'idle') return <span />
  return (
    <div className="flex min-w-0 items-center gap-1 ps-1" role="status" title={WORDS[state]}>
      <LiveDot />
      <span className={`truncate text-label text-text-2 ${isWide ? '' : 'max-xl:sr-only'}`}>
        {WORDS[state]}
      </span>
      <IconButton
        icon={isStopped ? Play : Pause}
        label={isStopped ? 'Go on live' : 'Pause the live feed'}
        onClick={isStopped ? live.resume : live.pause}
      />
    </div>
  )
}

/** The word for it stands beside it, or behind what it is on. */
function LiveDot({ className = '' }: { readonly className?: string }) {
  const state = useLiveState()
  if (state === 'idle') return null
  const colour = { live: 'bg-success', refused: 'bg-danger' }[state as string] ?? 'bg-warn'
  return <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${colour} ${className}`} />
}

function ThemeSwitch() {
  const isLight = useSyncExternalStore(subscribeTheme, isThemeLight)
  const change = () => chooseTheme(isLight ? 'dark' : 'light')
  return (
    <IconButton icon={isLight ? Moon : Sun} label={isLight ? 'Dark theme' : 'Light theme'} onClick={change} />
  )
}
