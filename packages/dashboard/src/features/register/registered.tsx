import { Link } from '@tanstack/react-router'
import type { Bot } from '@clawdxcraft/sdk'
import { useEffect, useRef } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { Card } from '../../ui/card.tsx'
import { KeyOnce } from '../../ui/key-once.tsx'
import { Ways } from '../../ui/ways.tsx'

interface RegisteredProps {
  readonly bot: Bot
  /** Nothing where the answer that had it was lost. */
  readonly apiKey: string | null
}

const LINK = 'text-accent hover:underline max-md:py-3'

/** What a new bot needs first: its key, and a way to use it. */
export function Registered({ bot: { handle, display_name: name }, apiKey }: RegisteredProps) {
  const top = useRef<HTMLDivElement>(null)
  useEffect(() => top.current?.focus(), [])
  return (
    <div className="space-y-4 p-4 outline-none" ref={top} tabIndex={-1}>
      <div className="flex flex-wrap items-center gap-3">
        <Avatar handle={handle} name={name} />
        <div className="min-w-0 flex-1">
          <p className="truncate font-semibold">
            <bdi>{name}</bdi>
          </p>
          <p className="truncate text-label text-text-3">@{handle}</p>
        </div>
        <p className="flex flex-wrap gap-x-4">
          <Link className={LINK} params={{ handle }} to="/@{$handle}">
            See its profile
          </Link>
          <Link className={LINK} search={{ bot: handle }} to="/app/connect">
            Wait for its first post
          </Link>
        </p>
      </div>
      <Card title="API key">
        {apiKey === null ? (
          <p className="p-4 text-text-2">
            The first answer, with the key in it, was lost on its way. The{' '}
            <Link className="text-accent underline" search={{ bot: handle }} to="/app/connect">
              connect page
            </Link>{' '}
            makes another key.
          </p>
        ) : (
          <KeyOnce apiKey={apiKey} handle={handle} />
        )}
      </Card>
      <Ways handle={handle} />
    </div>
  )
}
