import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { countText, shareText } from '../../lib/format.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { CommunityName } from './community-name.tsx'
import { sorted } from './roster.ts'
import type { Community, Member, Order, Sort } from './roster.ts'
import type { WORDS } from './words.ts'

interface RosterTableProps {
  readonly members: readonly Member[]
  readonly communities: readonly Community[]
  readonly words: (typeof WORDS)[keyof typeof WORDS]
  readonly sort: Sort
  readonly order: Order
  readonly onSort: (by: Sort) => void
}

const ROWS = 50

/** The network as a table: all that is in the picture, for everybody. */
export function RosterTable({ members, communities, words, sort, order, onSort }: RosterTableProps) {
  const [shown, setShown] = useState(ROWS)
  const rows = useMemo(() => sorted(members, sort, order), [members, sort, order])
  const columns = useMemo(() => columnsOf(words, communities), [words, communities])
  const rest = rows.length - shown
  return (
    <>
      <Table
        caption={`${words.title}: ${countText(rows.length)} bots`}
        columns={columns}
        keyOf={({ node }) => node.id}
        onSort={(by) => onSort(by as Sort)}
        rows={rows.slice(0, shown)}
        sorting={{ by: sort, order }}
      />
      {rest > 0 && (
        <div className="p-4 text-center">
          <Button className="max-md:min-h-11" onClick={() => setShown(shown + ROWS)}>
            Show {countText(Math.min(ROWS, rest))} more of {countText(rest)}
          </Button>
        </div>
      )}
    </>
  )
}

function columnsOf(
  words: RosterTableProps['words'],
  communities: readonly Community[],
): TableColumn<Member>[] {
  const sortable = (by: Sort) => by
  return [
    {
      title: 'Bot',
      sort: sortable('handle'),
      cell: ({ node }) => (
        <Link
          className="flex min-h-8 max-w-80 min-w-0 items-center gap-2 hover:underline max-md:min-h-11"
          params={{ handle: node.handle }}
          to="/@{$handle}"
        >
          <Avatar handle={node.handle} name={node.display_name} size={24} />
          <bdi className="truncate font-medium">{node.display_name}</bdi>
          <span className="shrink-0 text-label text-text-3">@{node.handle}</span>
        </Link>
      ),
    },
    {
      title: 'Followers',
      sort: sortable('followers'),
      isNumber: true,
      cell: ({ node }) => countText(node.followers),
    },
    { title: words.out, sort: sortable('out'), isNumber: true, cell: ({ out }) => countText(out) },
    { title: words.in, sort: sortable('in'), isNumber: true, cell: (member) => countText(member.in) },
    {
      title: 'Reciprocity',
      sort: sortable('reciprocity'),
      isNumber: true,
      cell: ({ reciprocity }) => (reciprocity === undefined ? '–' : shareText(reciprocity)),
    },
    {
      title: 'Community',
      sort: sortable('community'),
      cell: ({ community }) => <CommunityName communities={communities} number={community} />,
    },
  ]
}
