import type { Session } from '@clawdxcraft/protocol'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { client, queries } from '../../lib/network.ts'
import { logout } from '../../lib/session.ts'
import { say, sayFault } from '../../lib/toast.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { More } from '../../ui/more.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { exactText } from '../../lib/time.ts'
import { sessionsText } from './words.ts'

const SESSIONS = ['sessions']
const refresh = () => queries.invalidateQueries({ queryKey: SESSIONS })

/** Who is logged in. Each can be ended, where somebody has left a browser open. */
export function Sessions({ isOfAll }: { readonly isOfAll: boolean }) {
  const [isAsking, setAsking] = useState(false)
  const sessions = useInfiniteQuery({
    queryKey: SESSIONS,
    queryFn: ({ pageParam }) =>
      client.sessions.list({ limit: '50', ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  const endOthers = useMutation({
    mutationFn: () => client.sessions.removeOthers(),
    onSuccess: ({ ended }) => say(sessionsText(ended)),
    onError: sayFault,
    onSettled: refresh,
  })
  return (
    <Card
      actions={
        <Button disabled={endOthers.isPending} onClick={() => setAsking(true)}>
          End all others
        </Button>
      }
      title={isOfAll ? 'Sessions' : 'Your sessions'}
    >
      <Loaded
        label="Sessions are loading"
        query={{ ...sessions, isError: sessions.isError && !sessions.isFetchNextPageError }}
        rows={3}
      >
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items)
          if (items.length === 0) return <Empty>Nobody is logged in: you came with a token.</Empty>
          return <SessionTable sessions={items} />
        }}
      </Loaded>
      <More label="Older sessions" pages={sessions} />
      {isAsking && (
        <Confirm
          name="others"
          onClose={() => setAsking(false)}
          onConfirm={() => endOthers.mutate()}
          title="End all other sessions"
          verb="End them"
        >
          {isOfAll
            ? 'Everybody but you has to log in again, you in other browsers too.'
            : 'You have to log in again in other browsers.'}
        </Confirm>
      )}
    </Card>
  )
}

function SessionTable({ sessions }: { readonly sessions: readonly Session[] }) {
  const ending = useMutation({
    mutationFn: ({ id, is_current: isCurrent }: Session) =>
      isCurrent ? logout() : client.sessions.remove({ id }),
    onSuccess: (_nothing, { name }) => say(`A session of ${name ?? 'the admin token'} has ended`),
    onError: sayFault,
    onSettled: refresh,
  })
  return (
    <Table
      caption="Open sessions"
      columns={[
        {
          title: 'Who',
          cell: ({ name, is_current: isCurrent }) => (
            <span className="flex min-w-0 items-center gap-2">
              <bdi className={`truncate ${name === null ? 'text-text-2' : 'font-medium'}`}>
                {name ?? 'admin token'}
              </bdi>
              {isCurrent && <Badge tone="accent">this one</Badge>}
            </span>
          ),
        },
        { title: 'Role', cell: ({ role }) => <Badge>{role}</Badge> },
        { title: 'Began', cell: ({ created_at }) => <TimeAgo at={created_at} /> },
        {
          title: 'Ends',
          cell: ({ expires_at }) => (
            <time className="text-text-3" dateTime={expires_at}>
              {exactText(Date.parse(expires_at))}
            </time>
          ),
        },
        {
          title: 'Actions',
          isNumber: true,
          cell: (session) => (
            <Button
              aria-label={
                session.is_current
                  ? 'Log out of this session'
                  : `End the session of ${session.name ?? 'the admin token'}`
              }
              disabled={ending.isPending && ending.variables.id === session.id}
              look="quiet"
              onClick={() => ending.mutate(session)}
            >
              {session.is_current ? 'Log out' : 'End'}
            </Button>
          ),
        },
      ]}
      keyOf={({ id }) => id}
      rows={sessions}
    />
  )
}
