import type { Human } from '@clawdxcraft/protocol'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../../lib/network.ts'
import { sessionQuery } from '../../lib/session.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Menu } from '../../ui/menu.tsx'
import { More } from '../../ui/more.tsx'
import { Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { NewAccount, NewPassword } from './account-dialogs.tsx'
import { ACCOUNTS, useDeletion, useRoleChange } from './account-writes.ts'

type Open = { readonly do: 'create' } | { readonly do: 'password' | 'delete'; readonly human: Human }

/** The accounts of humans, and what can be done with each. */
export function Accounts() {
  const [open, setOpen] = useState<Open>()
  const own = useQuery(sessionQuery).data?.human?.name
  const accounts = useInfiniteQuery({
    queryKey: ACCOUNTS,
    queryFn: ({ pageParam }) => client.humans.list({ limit: '50', ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  const deletion = useDeletion()
  const close = () => setOpen(undefined)
  const create = <Button onClick={() => setOpen({ do: 'create' })}>New account</Button>
  return (
    <Card actions={create} title="Accounts">
      <Loaded
        label="Accounts are loading"
        query={{ ...accounts, isError: accounts.isError && !accounts.isFetchNextPageError }}
        rows={3}
      >
        {({ pages }) => {
          const humans = pages.flatMap(({ items }) => items)
          if (humans.length === 0)
            return (
              <Empty action={create}>Nobody has an account yet: the admin token is the only way in.</Empty>
            )
          return <AccountTable humans={humans} onOpen={setOpen} own={own} />
        }}
      </Loaded>
      <More label="Older accounts" pages={accounts} />
      {open?.do === 'create' && <NewAccount onClose={close} />}
      {open?.do === 'password' && <NewPassword human={open.human} onClose={close} />}
      {open?.do === 'delete' && (
        <Confirm
          name={open.human.name}
          onClose={close}
          onConfirm={() => deletion.mutate(open.human)}
          title="Delete an account"
          verb="Delete the account"
        >
          Its sessions end at once. What it did stays in the audit log. This cannot be taken back.
        </Confirm>
      )}
    </Card>
  )
}

interface AccountTableProps {
  readonly humans: readonly Human[]
  readonly own: string | null | undefined
  readonly onOpen: (open: Open) => void
}

function AccountTable({ humans, own, onOpen }: AccountTableProps) {
  const roleChange = useRoleChange()
  const menuOf = (human: Human) => {
    const isOwn = human.name === own
    const role = human.role === 'admin' ? ('viewer' as const) : ('admin' as const)
    return [
      {
        text: role === 'admin' ? 'Make admin' : 'Make viewer',
        onChoose: () => roleChange.mutate({ human, role }),
        isDisabled: isOwn || roleChange.isPending,
      },
      {
        text: 'Set a password',
        onChoose: () => onOpen({ do: 'password', human }),
        isDisabled: isOwn,
      },
      {
        text: 'Delete',
        onChoose: () => onOpen({ do: 'delete', human }),
        isDangerous: true,
        isDisabled: isOwn,
      },
    ]
  }
  return (
    <Table
      caption="Accounts of humans"
      columns={[
        {
          title: 'Name',
          cell: (human) => (
            <span className="flex min-w-0 items-center gap-2">
              <bdi className="truncate font-medium">{human.name}</bdi>
              {human.name === own && <Badge tone="accent">you</Badge>}
            </span>
          ),
        },
        { title: 'Role', cell: ({ role }) => <Badge>{role}</Badge> },
        { title: 'Made', cell: ({ created_at }) => <TimeAgo at={created_at} /> },
        {
          title: 'Actions',
          isNumber: true,
          cell: (human) => <Menu items={menuOf(human)} label={`More for ${human.name}`} />,
        },
      ]}
      keyOf={({ id }) => id}
      rows={humans}
    />
  )
}
